// Goes to up to three headings and tells where the switch would lead from each.
const headings = [...document.querySelectorAll('main :is(h2, h3, h4)[id]')].filter(h => h.offsetParent !== null);
const chosen = [...new Set([headings[0], headings[Math.floor(headings.length / 2)], headings[headings.length - 1]])].filter(Boolean);
const frame = () => new Promise(requestAnimationFrame);
const found = [];
for (const heading of chosen) {
    history.replaceState(null, '', location.pathname);
    heading.scrollIntoView({ block: 'start', behavior: 'instant' });
    await frame();
    // A heading near the end of the page cannot come up to where one reads: it is asked for by its address.
    const low = heading.getBoundingClientRect().top > innerHeight / 3;
    if (low) location.hash = heading.id;
    await frame();
    await frame();
    await frame();
    found.push({ id: heading.id, low, switch: document.querySelector('a.lang-switch')?.href ?? null });
}
return found;
