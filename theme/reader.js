'use strict';

// What the page does for its reader, apart from search. Each part stands alone, and every
// page can be read without any of them.

(() => {
    const root = document.documentElement;
    const zh = root.lang.startsWith('zh');
    const words = zh
        ? { copy: '复制命令', copied: '已复制', failed: '无法复制' }
        : { copy: 'Copy command', copied: 'Copied', failed: 'Could not copy' };

    function store(key, value) {
        try {
            localStorage.setItem(key, value);
        } catch {
            // A browser without storage asks again the next time.
        }
    }

    // --- the other language, at the heading that is being read ---------------------------

    (function languageSwitch() {
        const link = document.querySelector('a.lang-switch');
        if (!link) return;
        const page = link.getAttribute('href').split('#')[0];
        const headings = [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)[id]')];

        function reading() {
            const asked = headings.find(h => `#${h.id}` === location.hash);
            if (asked) {
                const { top, bottom } = asked.getBoundingClientRect();
                if (bottom > 0 && top < innerHeight) return asked;
            }
            // The first heading in the top third of the window, or the last one above it. Of
            // several short sections there, the first is where the reader stands. What the
            // menu bar hides is above.
            const bar = document.getElementById('mdbook-menu-bar')?.offsetHeight || 0;
            const above = headings.filter(h => h.getBoundingClientRect().top <= innerHeight / 3);
            return above.find(h => h.getBoundingClientRect().bottom > bar) || above.pop();
        }

        function update() {
            const heading = reading();
            // The title is the top of the page, which needs no fragment.
            const fragment = heading && heading.tagName !== 'H1' ? `#${heading.id}` : '';
            link.setAttribute('href', page + fragment);
        }

        let waiting = false;
        function later() {
            if (waiting) return;
            waiting = true;
            requestAnimationFrame(() => {
                waiting = false;
                update();
            });
        }
        update();
        addEventListener('scroll', later, { passive: true });
        addEventListener('resize', later, { passive: true });
        addEventListener('hashchange', later);
        // A click may come before the frame that a scroll asked for.
        for (const event of ['pointerdown', 'focus', 'click']) link.addEventListener(event, update);
        // A choice is a click on the switch: who follows a link into the other language has not chosen it.
        link.addEventListener('click', () => store('book-language', link.hreflang.startsWith('zh') ? 'zh' : 'en'));
    })();

    // --- the colors ----------------------------------------------------------------------

    (function colors() {
        // Another book on the same host may have stored a theme that this one does not have.
        for (const name of ['rust', 'coal', 'ayu']) root.classList.remove(name);
    })();

    // --- the contents ---------------------------------------------------------------------

    (function contents() {
        // mdBook's toggle is a <label>: a keyboard cannot reach it, and a label takes no aria-expanded.
        const toggle = document.getElementById('mdbook-sidebar-toggle');
        if (toggle) {
            toggle.setAttribute('role', 'button');
            toggle.tabIndex = 0;
            toggle.addEventListener('keydown', e => {
                if (e.key !== 'Enter' && e.key !== ' ') return;
                e.preventDefault();
                toggle.click();
            });
        }

        const links = [...document.querySelectorAll('#mdbook-sidebar ol.chapter a[href]:not(.header-in-summary)')];
        const here = links.find(a => a.classList.contains('active'));
        here?.setAttribute('aria-current', 'page');

        // The title carries the part and the number that the contents give it. The print page
        // has many titles, and no place of its own in the contents.
        const title = document.querySelector('main > h1');
        if (here && title) {
            const number = here.querySelector('strong')?.textContent.replace(/\.$/, '');
            let part = null;
            for (const item of document.querySelectorAll('#mdbook-sidebar .part-title')) {
                if (number && item.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING) part = item.textContent;
            }
            if (number) title.dataset.number = part ? `${part}  /  ${number}` : number;
        }

        // Previous and next are called by their names.
        for (const a of document.querySelectorAll('.nav-wrapper a')) {
            const target = links.find(l => l.href === a.href);
            if (!target) continue;
            const name = document.createElement('span');
            name.className = 'name';
            const text = target.cloneNode(true);
            text.querySelector('strong')?.remove();
            name.textContent = text.textContent.trim();
            a.append(name);
            a.setAttribute('aria-label', `${a.title}: ${name.textContent}`);
        }
    })();

    // --- commands are copied without their prompt and their output -------------------------

    (function transcripts() {
        async function copy(text) {
            if (navigator.clipboard) return navigator.clipboard.writeText(text);
            const area = document.createElement('textarea');
            area.value = text;
            area.style.position = 'fixed';
            document.body.append(area);
            area.select();
            const done = document.execCommand('copy');
            area.remove();
            if (!done) throw new Error('copy refused');
            return undefined;
        }

        for (const figure of document.querySelectorAll('figure.transcript')) {
            // mdBook's button would copy the prompts and the output too.
            figure.querySelector('pre > .buttons')?.remove();
            const commands = [...figure.querySelectorAll('.cmd')].map(line => {
                const clone = line.cloneNode(true);
                for (const prompt of clone.querySelectorAll('.prompt')) prompt.remove();
                return clone.textContent.trimEnd();
            });
            if (commands.length === 0) continue;
            let caption = figure.querySelector('figcaption');
            if (!caption) {
                caption = document.createElement('figcaption');
                figure.prepend(caption);
            }
            const button = document.createElement('button');
            button.type = 'button';
            button.className = 'copy-command';
            button.textContent = words.copy;
            button.addEventListener('click', () => {
                copy(commands.join('\n')).then(() => words.copied, () => words.failed).then(said => {
                    button.textContent = said;
                    setTimeout(() => {
                        button.textContent = words.copy;
                    }, 1600);
                });
            });
            caption.append(button);
        }
    })();

    // --- what scrolls sideways can be scrolled by keyboard -----------------------------------

    (function scrollers() {
        const boxes = document.querySelectorAll('main pre, main pre > code, main .table-wrapper, main figure.diagram');
        function reach() {
            for (const box of boxes) {
                if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
            }
        }
        reach();
        addEventListener('resize', reach, { passive: true });
        document.addEventListener('toggle', reach, true);
    })();

    // --- paper shows what the screen folds ----------------------------------------------------

    (function printing() {
        const folded = () => [...document.querySelectorAll('main details:not([open])')];
        let opened = [];
        addEventListener('beforeprint', () => {
            opened = folded();
            for (const details of opened) details.open = true;
        });
        addEventListener('afterprint', () => {
            for (const details of opened) details.open = false;
            opened = [];
        });
    })();
})();
