// Whether the page was left at the heading that the address names.
await new Promise(requestAnimationFrame);
const heading = document.getElementById(decodeURIComponent(location.hash.slice(1)));
const box = heading?.getBoundingClientRect();
return { path: location.pathname, hash: location.hash.slice(1), inView: Boolean(box) && box.bottom > 0 && box.top < innerHeight };
