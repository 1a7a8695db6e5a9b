// Whatever sticks out of a phone's screen and cannot be scrolled to where it stands.
await new Promise(requestAnimationFrame);
await new Promise(requestAnimationFrame);
const limit = document.documentElement.clientWidth;
const out = [];
if (document.documentElement.scrollWidth > limit) out.push(`the page is ${document.documentElement.scrollWidth} px wide`);
const scrolls = element => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return true;
    }
    return false;
};
// The body clips what overflows, so the page's own width does not tell all.
for (const element of document.querySelectorAll('#mdbook-menu-bar *, main, main *, .nav-wrapper *')) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || (box.right <= limit + 1 && box.left >= -1)) continue;
    if (element.closest('.menu-title, .sr-only') || scrolls(element)) continue;
    out.push(`<${element.tagName.toLowerCase()} class="${element.className.baseVal ?? element.className}"> reaches from ${Math.round(box.left)} to ${Math.round(box.right)}: ${element.textContent.trim().slice(0, 40)}`);
}
const small = [...document.querySelectorAll('#mdbook-menu-bar :is(button, a, label), .nav-wrapper a')]
    .filter(e => e.offsetParent !== null)
    .map(e => ({ e, box: e.getBoundingClientRect() }))
    .filter(({ box }) => box.width < 24 || box.height < 24)
    .map(({ e, box }) => `${e.id || e.className} is ${Math.round(box.width)} by ${Math.round(box.height)}`);
return { screen: limit, out: out.slice(0, 8), small };
