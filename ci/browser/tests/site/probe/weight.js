// What a first visit to this page transfers when the server compresses, in bytes, by file.
const zipped = async address => {
    const answer = await fetch(address);
    const stream = answer.body.pipeThrough(new CompressionStream('gzip'));
    return (await new Response(stream).arrayBuffer()).byteLength;
};
const files = new Set([location.href.split('#')[0], ...performance.getEntriesByType('resource').map(entry => entry.name)]);
const weights = [];
for (const file of files) {
    if (file.startsWith(location.origin)) weights.push([file.slice(location.origin.length), await zipped(file)]);
}
return weights.sort((a, b) => b[1] - a[1]);
