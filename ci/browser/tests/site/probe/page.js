// What the page says about itself, for the trials to judge. args: [interface strings of mdBook]
const [strings] = args;
const wanted = new Set(strings);
const main = document.querySelector('main');
const english = [];
const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (main.contains(node) && node !== main && !node.parentElement.closest('.buttons')) continue;
    if (node.nodeType === Node.TEXT_NODE) {
        if (!node.parentElement.closest('script, style') && wanted.has(node.data)) english.push(node.data);
    } else {
        for (const name of ['title', 'aria-label', 'placeholder', 'alt']) {
            const value = node.getAttribute(name);
            if (value !== null && wanted.has(value)) english.push(`${name}="${value}"`);
        }
    }
}
// Columns of a dump only stand if every letter is as wide as the next.
const uneven = [];
for (const code of document.querySelectorAll('main pre > code')) {
    const wide = letters => {
        const sample = document.createElement('span');
        sample.textContent = letters;
        code.append(sample);
        const { width } = sample.getBoundingClientRect();
        sample.remove();
        return width;
    };
    const [thin, broad] = [wide('iiiiiiii'), wide('WWWWWWWW')];
    if (Math.abs(thin - broad) > 0.5) uneven.push(`i is ${thin / 8} px and W ${broad / 8} px wide in ${code.textContent.slice(0, 40)}`);
}
return {
    uneven,
    language: document.documentElement.lang,
    title: document.title,
    ids: ['mdbook-theme-rust', 'mdbook-theme-coal', 'mdbook-theme-ayu'].filter(id => document.getElementById(id)),
    english,
    sidebar: [...document.querySelectorAll('#mdbook-sidebar ol.chapter :is(a[href]:not(.header-in-summary), .part-title)')]
        .map(item => ({ text: item.textContent.trim(), address: item.href || null })),
    current: [...document.querySelectorAll('#mdbook-sidebar [aria-current="page"]')].map(a => a.href),
};
