'use strict';

// Search over `window.bookSearchIndex`, which the build writes beside the pages:
//   {version: 1, docs: [{u: address, t: heading, c: headings above it, b: text, d: terms introduced there, if any}, …]}
// One document is one section. mdBook's own search throws Han characters away, so this one
// takes its place. `bookSearch.query` is pure and needs no page; the rest is the dialog.

window.bookSearch = (() => {
    // Han, kana and Hangul are written without spaces: such a run is found as a substring.
    // Any other run of letters and digits is a word: it is found from its first letter on.
    const HAN = '[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}々〇ー]';
    const TOKEN = new RegExp(`${HAN}+|(?:(?!${HAN})[\\p{L}\\p{M}\\p{N}])+`, 'gu');
    const CJK = new RegExp(`^${HAN}`, 'u');
    const WORD_CHAR = /[\p{L}\p{M}\p{N}]/u;
    const MAX_TERMS = 12;

    // NFKC turns full-width letters into half-width ones.
    const fold = text => text.normalize('NFKC').toLowerCase();

    const isWord = ch => ch !== undefined && ch !== ''
        && (ch < '\u0080' ? /[a-z0-9]/i.test(ch) : WORD_CHAR.test(ch) && !CJK.test(ch));

    // The part of an English word that its plural, -ed and -ing forms share.
    function stem(word) {
        if (!/^[a-z]{4,}$/.test(word)) return word;
        const cut = /^(.+?)(?:ies|ing|ed|es|s|e|y)$/.exec(word);
        if (!cut || cut[1].length < 3 || !/[aeiouy]/.test(cut[1]) || /ss$/.test(word)) return word;
        // stopped, running: the doubled consonant belongs to the ending.
        return /(?:ing|ed)$/.test(word) ? cut[1].replace(/([bdgklmnprt])\1$/, '$1') : cut[1];
    }
    const ENDING = /^(?:[bdgklmnprt]?(?:ing|ings|ed)|e|es|s|y|ies|ied)?$/;

    function terms(text) {
        const found = [...new Set(fold(text).match(TOKEN) || [])].slice(0, MAX_TERMS);
        return found.map(t => CJK.test(t)
            ? { text: t, han: true }
            : { text: t, han: false, stem: stem(t) });
    }

    // Calls `hit(start, end, whole)` for each place of the term in folded text, until it
    // returns false. `original` is the text before folding, or null if the lengths differ.
    function scan(term, text, original, hit) {
        const needle = term.han ? term.text : term.stem;
        for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
            if (term.han) {
                if (hit(at, at + needle.length, true) === false) return;
                continue;
            }
            if (isWord(text[at - 1])) {
                // TcpStream is found by `stream`: a capital after a small letter begins a word.
                const hump = original !== null && /[a-z0-9]/.test(original[at - 1])
                    && /[A-Z]/.test(original[at]);
                if (!hump) continue;
            }
            let end = at + needle.length;
            while (isWord(text[end])) end += 1;
            const word = text.slice(at, end);
            if (word.startsWith(term.text)) {
                if (hit(at, at + term.text.length, word === term.text) === false) return;
            } else if (ENDING.test(word.slice(needle.length))) {
                if (hit(at, end, false) === false) return;
            }
        }
    }

    const prepared = new WeakMap();
    function prepare(docs) {
        let folded = prepared.get(docs);
        if (!folded) {
            const field = text => {
                const f = fold(text || '');
                return { text: f, original: f.length === (text || '').length ? text || '' : null };
            };
            folded = docs.map(d => Object.assign([field(d.t), field(d.c), field(d.b)], { defined: (d.d || []).map(field) }));
            prepared.set(docs, folded);
        }
        return folded;
    }

    // Heading, path, body. A hit in a heading outweighs any number of hits in the body.
    const WEIGHTS = [100, 30, 10];
    const APPENDIX = 0.6;
    // Who looks for a term wants the section that introduces it.
    const DEFINITION = 220;
    const PHRASE = 40;

    function scoreField(term, field, weight) {
        let count = 0;
        let first = -1;
        let whole = false;
        scan(term, field.text, field.original, (start, _end, exact) => {
            if (count === 0) first = start;
            count += 1;
            whole = whole || exact;
            return count < 6;
        });
        if (count === 0) return 0;
        const early = 1 / (1 + first / 200);
        return weight * ((whole ? 1 : 0.6) + 0.25 * early + 0.06 * (count - 1));
    }

    function inDoc(term, fields) {
        return fields.some(field => {
            let found = false;
            scan(term, field.text, field.original, () => {
                found = true;
                return false;
            });
            return found;
        });
    }

    function inAll(list, field) {
        return list.every(term => inDoc(term, [field]));
    }

    // A Chinese run of four or more that stands nowhere as a whole is looked for in pairs.
    function loosen(list, folded) {
        return list.flatMap(term => {
            const chars = [...term.text];
            if (!term.han || chars.length < 4 || folded.some(f => inDoc(term, f))) return [term];
            return chars.slice(1).map((ch, i) => ({ text: chars[i] + ch, han: true }));
        });
    }

    /**
     * The sections that hold every term of `text`, best first, as
     * `{doc, index, score, terms}`. `docs` is the `docs` of the index.
     */
    function query(text, docs) {
        const folded = prepare(docs);
        const phrase = fold(text).trim().replace(/\s+/g, ' ');
        let list = terms(text);
        if (list.length === 0) {
            // Signs alone, such as `::`: found as they stand.
            if (phrase === '') return [];
            list = [{ text: phrase, han: true }];
        }
        list = loosen(list, folded);
        const hits = [];
        folded.forEach((fields, index) => {
            let score = 0;
            for (const term of list) {
                let sum = 0;
                for (let i = 0; i < 3; i += 1) sum += scoreField(term, fields[i], WEIGHTS[i]);
                if (sum === 0) return;
                score += sum;
            }
            const [title, path, body] = fields.map(f => f.text);
            if (title === phrase) score += 300;
            else if (title.includes(phrase)) score += 60;
            if (list.length > 1) {
                if (path.includes(phrase)) score += 20;
                if (body.includes(phrase)) score += PHRASE;
            }
            const length = list.reduce((sum, term) => sum + term.text.length, 0);
            const isTerm = field => inAll(list, field) && field.text.length <= length * 1.5 + 1;
            if (fields.defined.some(isTerm)) score += DEFINITION;
            score /= 1 + Math.log10(1 + body.length / 1000) / 10;
            // What explains a word comes before the tables that list it.
            if (docs[index].u.startsWith('appendix/')) score *= APPENDIX;
            hits.push({ doc: docs[index], index, score, terms: list });
        });
        return hits.sort((a, b) => b.score - a.score || a.index - b.index);
    }

    // The places of the terms in `text` as it stands: sorted, without overlaps.
    function ranges(list, text) {
        const folded = fold(text);
        let source = folded;
        let map = null;
        if (folded.length !== text.length) {
            // Folding changed lengths: fold character by character and remember where from.
            source = '';
            map = [];
            let at = 0;
            for (const ch of text) {
                const f = fold(ch);
                source += f;
                for (let i = 0; i < f.length; i += 1) map.push(at);
                at += ch.length;
            }
            map.push(at);
        }
        const found = [];
        for (const term of list) {
            scan(term, source, map ? null : text, (start, end) => {
                found.push(map ? [map[start], map[end]] : [start, end]);
                return found.length < 400;
            });
        }
        found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
        const apart = [];
        for (const range of found) {
            const last = apart[apart.length - 1];
            if (range[1] <= range[0]) continue;
            if (last && range[0] < last[1]) last[1] = Math.max(last[1], range[1]);
            else apart.push(range);
        }
        return apart;
    }

    function marked(text, from, to, places) {
        const parts = [];
        let at = from;
        for (const [start, end] of places) {
            if (end <= from || start >= to) continue;
            const a = Math.max(start, from);
            const b = Math.min(end, to);
            if (a > at) parts.push({ text: text.slice(at, a), mark: false });
            parts.push({ text: text.slice(a, b), mark: true });
            at = b;
        }
        if (at < to) parts.push({ text: text.slice(at, to), mark: false });
        return parts;
    }

    const TEASER = 150;
    const width = ch => (CJK.test(ch) || /[\u3000-\u303f\uff00-\uffef]/.test(ch) ? 2 : 1);

    /** A cut of the body around its best match, as `[{text, mark}]`. */
    function teaser(hit) {
        const text = hit.doc.b || '';
        const places = ranges(hit.terms, text);
        // The window that holds the most matched letters of different terms is the best one.
        let from = 0;
        let best = -1;
        for (let i = 0; i < places.length && i < 120; i += 1) {
            const seen = new Set();
            let sum = 0;
            for (let j = i; j < places.length && places[j][1] - places[i][0] <= TEASER / 2; j += 1) {
                const word = fold(text.slice(places[j][0], places[j][1]));
                sum += seen.has(word) ? 0.1 : word.length;
                seen.add(word);
            }
            if (sum > best) {
                best = sum;
                from = places[i][0];
            }
        }
        // A third of the width goes before the match.
        let start = from;
        for (let room = TEASER / 3; start > 0 && room > 0; start -= 1) room -= width(text[start - 1]);
        // A Latin word is not cut in two; between Han characters any place will do.
        while (start > 0 && start < from && isWord(text[start - 1]) && isWord(text[start])) start += 1;
        if (/[\udc00-\udfff]/.test(text[start] || '')) start -= 1;
        // Nor does a teaser begin with what ends the sentence before it.
        while (start > 0 && start < from && /[\s\p{Po}\p{Pe}\p{Pf}]/u.test(text[start])) start += 1;
        let end = start;
        for (let room = TEASER; end < text.length && room > 0; end += 1) room -= width(text[end]);
        const limit = end + 24;
        while (end < text.length && end < limit && isWord(text[end - 1]) && isWord(text[end])) end += 1;
        if (/[\udc00-\udfff]/.test(text[end] || '')) end += 1;
        const parts = marked(text, start, end, places);
        if (start > 0) parts.unshift({ text: '… ', mark: false });
        if (end < text.length) parts.push({ text: ' …', mark: false });
        return parts;
    }

    /** `text` whole, its matches marked, as `[{text, mark}]`. */
    const mark = (text, list) => marked(text, 0, text.length, ranges(list, text));

    return { query, teaser, mark, terms, ranges };
})();

(() => {
    /* global path_to_root */
    const zh = document.documentElement.lang.startsWith('zh');
    const words = zh ? {
        open: '搜索（/）', title: '搜索全书', field: '搜索', close: '关闭', clear: '取消标记',
        list: '搜索结果', loading: '正在取索引……', failed: '取不到索引，请再试一次。',
        none: q => `没有找到「${q}」。`, count: n => `${n} 处`, more: (n, all) => `${all} 处，列出前 ${n} 处`,
        idle: '中文、英文都可以，词与词之间用空格隔开。', keys: '↑ ↓ 选择　Enter 打开　Esc 关闭',
        help: [['/', 'S'], '搜索全书', '按 ', ' 或 ', ' '],
    } : {
        open: 'Search (/)', title: 'Search the book', field: 'Search', close: 'Close', clear: 'Clear marks',
        list: 'Search results', loading: 'Loading the index …', failed: 'The index did not load. Try again.',
        none: q => `Nothing found for “${q}”.`, count: n => (n === 1 ? '1 place' : `${n} places`),
        more: (n, all) => `${all} places, the first ${n} shown`,
        idle: 'Chinese or English, words separated by spaces.', keys: '↑ ↓ choose   Enter open   Esc close',
        help: [['/', 'S'], 'to search the book', 'Press ', ' or ', ' '],
    };
    const LIMIT = 40;

    function el(name, attributes, ...children) {
        const node = document.createElement(name);
        for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
        node.append(...children);
        return node;
    }
    const spell = parts => parts.map(p => (p.mark ? el('mark', null, p.text) : p.text));

    const input = el('input', {
        type: 'search', id: 'book-search-input', role: 'combobox', autocomplete: 'off',
        autocapitalize: 'none', spellcheck: 'false', enterkeyhint: 'search', placeholder: words.title,
        'aria-label': words.title, 'aria-autocomplete': 'list', 'aria-expanded': 'false',
        'aria-controls': 'book-search-list',
    });
    const close = el('button', { type: 'button', class: 'search-close' }, words.close);
    const status = el('p', { class: 'search-status', role: 'status', 'aria-live': 'polite' }, words.idle);
    const list = el('div', { id: 'book-search-list', role: 'listbox', 'aria-label': words.list });
    const dialog = el('dialog', { id: 'book-search', 'aria-label': words.title },
        el('div', { class: 'search-field' }, input, close), status, list,
        el('p', { class: 'search-keys', 'aria-hidden': 'true' }, words.keys));
    document.body.append(dialog);

    const button = el('button', {
        type: 'button', id: 'book-search-open', class: 'icon-button', title: words.open,
        'aria-label': words.title, 'aria-haspopup': 'dialog', 'aria-keyshortcuts': '/ s',
    });
    button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6"/>'
        + '<path d="M15 15l5.5 5.5"/></svg>';
    document.querySelector('.left-buttons')?.append(button);

    // mdBook's help knows only its own search: tell of ours in the same words.
    const help = document.querySelector('#mdbook-help-popup > div');
    if (help) {
        const [keys, what, press, or, gap] = words.help;
        help.querySelector('p')?.after(el('p', null, press, el('kbd', null, keys[0]), or,
            el('kbd', null, keys[1]), gap, what));
    }

    let loading = null;
    function load() {
        if (window.bookSearchIndex) return Promise.resolve(window.bookSearchIndex.docs);
        // A script and not a fetch: pages opened from a file may not fetch.
        loading = loading || new Promise((resolve, reject) => {
            const script = el('script', { src: `${path_to_root}search-index.js` });
            script.onload = () => (window.bookSearchIndex ? resolve(window.bookSearchIndex.docs) : script.onerror());
            script.onerror = () => {
                loading = null;
                reject(new Error('no search index'));
            };
            document.head.append(script);
        });
        return loading;
    }

    // Addresses opened from a file cannot be rewritten in every browser: then they stay.
    function address(change) {
        const url = new URL(location.href);
        change(url.searchParams);
        if (url.href === location.href) return;
        try {
            history.replaceState(history.state, '', url);
        } catch {
            // Only the address bar is behind.
        }
    }

    let active = -1;
    const options = () => list.children;
    function choose(index) {
        const all = options();
        all[active]?.setAttribute('aria-selected', 'false');
        active = index;
        const option = all[active];
        if (!option) {
            input.removeAttribute('aria-activedescendant');
            return;
        }
        option.setAttribute('aria-selected', 'true');
        option.scrollIntoView({ block: 'nearest' });
        input.setAttribute('aria-activedescendant', option.id);
    }

    function link(hit, text) {
        const [page, hash] = hit.doc.u.split('#');
        const query = `?highlight=${encodeURIComponent(text)}`;
        return path_to_root + page + query + (hash ? `#${hash}` : '');
    }

    let turn = 0;
    async function show() {
        const text = input.value.trim();
        const mine = turn += 1;
        address(p => (text && dialog.open ? p.set('search', text) : p.delete('search')));
        active = -1;
        input.removeAttribute('aria-activedescendant');
        if (text === '') {
            list.replaceChildren();
            input.setAttribute('aria-expanded', 'false');
            status.textContent = words.idle;
            return;
        }
        if (!window.bookSearchIndex) status.textContent = words.loading;
        let docs;
        try {
            docs = await load();
        } catch {
            if (mine === turn) status.textContent = words.failed;
            return;
        }
        if (mine !== turn) return;
        const hits = window.bookSearch.query(text, docs);
        const shown = hits.slice(0, LIMIT);
        list.replaceChildren(...shown.map((hit, i) => el('a', {
            role: 'option', id: `book-search-${i}`, 'aria-selected': 'false', tabindex: '-1', href: link(hit, text),
        },
        el('span', { class: 'path' }, ...spell(window.bookSearch.mark(hit.doc.c || '', hit.terms))),
        el('span', { class: 'title' }, ...spell(window.bookSearch.mark(hit.doc.t, hit.terms))),
        el('span', { class: 'teaser' }, ...spell(window.bookSearch.teaser(hit))))));
        list.scrollTop = 0;
        input.setAttribute('aria-expanded', String(shown.length > 0));
        if (hits.length === 0) status.textContent = words.none(text);
        else if (hits.length > LIMIT) status.textContent = words.more(LIMIT, hits.length);
        else status.textContent = words.count(hits.length);
        if (shown.length > 0) choose(0);
    }

    function open(text) {
        if (!dialog.open) dialog.showModal();
        if (text !== undefined) input.value = text;
        input.focus();
        input.select();
        load().catch(() => {});
        show();
    }

    button.addEventListener('click', () => open());
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', e => {
        // Only the backdrop is the dialog itself.
        if (e.target === dialog) dialog.close();
    });
    dialog.addEventListener('close', () => address(p => p.delete('search')));
    list.addEventListener('click', e => {
        if (e.target.closest('a') && !e.ctrlKey && !e.metaKey && !e.shiftKey) dialog.close();
    });
    // While an input method is composing, Enter and the arrows are its own.
    input.addEventListener('input', e => {
        if (!e.isComposing) show();
    });
    input.addEventListener('compositionend', show);
    input.addEventListener('keydown', e => {
        if (e.isComposing || e.keyCode === 229) return;
        const last = options().length - 1;
        if (e.key === 'ArrowDown') choose(active >= last ? 0 : active + 1);
        else if (e.key === 'ArrowUp') choose(active <= 0 ? last : active - 1);
        else if (e.key === 'Enter') options()[Math.max(active, 0)]?.click();
        else return;
        e.preventDefault();
    });

    document.addEventListener('keydown', e => {
        if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || e.isComposing || dialog.open) return;
        const at = e.composedPath()[0];
        if (at.isContentEditable || /^(?:input|select|textarea)$/i.test(at.nodeName)) return;
        if (e.key === '/' || e.key === 's' || e.key === 'S') {
            e.preventDefault();
            open();
        }
    });

    // book.js asks this before it turns the page on an arrow key.
    window.search = { hasFocus: () => dialog.open };

    // Marks on the page that a result led to, and the button that takes them away.
    function highlight(text) {
        const main = document.querySelector('main');
        const wanted = window.bookSearch.terms(text);
        if (!main || wanted.length === 0) return;
        const nodes = [];
        const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT, {
            acceptNode: node => (node.parentElement.closest('svg, script, style, button')
                ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
        });
        while (walker.nextNode()) nodes.push(walker.currentNode);
        // A run that stands nowhere on the page as a whole was found by its pairs.
        const present = wanted.flatMap(term => {
            const chars = [...term.text];
            if (!term.han || chars.length < 4
                || nodes.some(n => window.bookSearch.ranges([term], n.data).length > 0)) return [term];
            return chars.slice(1).map((ch, i) => ({ text: chars[i] + ch, han: true }));
        });
        let count = 0;
        for (const node of nodes) {
            const parts = window.bookSearch.mark(node.data, present);
            if (!parts.some(p => p.mark)) continue;
            count += 1;
            node.replaceWith(...spell(parts));
        }
        if (count === 0) return;
        const clear = el('button', { type: 'button', class: 'clear-marks' }, words.clear);
        clear.addEventListener('click', () => {
            for (const m of main.querySelectorAll('mark')) {
                const parent = m.parentNode;
                m.replaceWith(...m.childNodes);
                parent.normalize();
            }
            clear.remove();
            address(p => p.delete('highlight'));
        });
        document.body.append(clear);
        // The marks may have moved the line that the address asks for.
        if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    }

    const parameters = new URLSearchParams(location.search);
    if (parameters.has('highlight')) highlight(parameters.get('highlight'));
    if (parameters.has('search')) open(parameters.get('search'));
})();
