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
return {
    language: document.documentElement.lang,
    title: document.title,
    ids: ['mdbook-theme-rust', 'mdbook-theme-coal', 'mdbook-theme-ayu'].filter(id => document.getElementById(id)),
    english,
    sidebar: [...document.querySelectorAll('#mdbook-sidebar ol.chapter :is(a[href]:not(.header-in-summary), .part-title)')]
        .map(item => ({ text: item.textContent.trim(), address: item.href || null })),
    current: [...document.querySelectorAll('#mdbook-sidebar [aria-current="page"]')].map(a => a.href),
};
