// Times queries over a generated index of args[0] characters; the words come from a fixed sequence.
const [size] = args;
let state = 42;
const next = n => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % n;
};
const latin = 'socket stream listener packet segment window header chunked trailer handshake certificate relay buffer shutdown resume retransmission cache proxy gateway middleware TcpStream SO_REUSEADDR half-close read write accept connect bind poll epoll'.split(' ');
const han = '网络编程从字节到服务器三次握手半关闭报文段首部消息体状态码请求目标分块传输编码内容协商条件背压阻塞就绪密码套件证书链信任锚前向保密会话恢复优雅停机';
const sentence = () => {
    let text = '';
    for (let i = 0; i < 14; i += 1) {
        if (next(2)) text += ` ${latin[next(latin.length)]} `;
        else for (let j = 0; j < 5; j += 1) text += han[next(han.length)];
    }
    return `${text}。`;
};
const docs = [];
let length = 0;
while (length < size) {
    let b = '';
    for (let i = 0; i < 12; i += 1) b += sentence();
    const doc = { u: `page-${docs.length}.html#s`, t: sentence().slice(0, 24), c: sentence().slice(0, 40), b };
    length += JSON.stringify(doc).length;
    docs.push(doc);
}
const queries = ['三次握手', 'TCP 三次握手', '半关闭', 'relay', 'half close', 'stream 报文', 'retransmitting windows', '证书', 'so_reuseaddr', '分块传输编码', 'e', '的', 'nothing-of-the-kind'];
const began = performance.now();
window.bookSearch.query('first', docs);
const first = performance.now() - began;
const times = [];
for (const query of queries) {
    for (let i = 0; i < 5; i += 1) {
        const start = performance.now();
        const hits = window.bookSearch.query(query, docs);
        hits.slice(0, 40).forEach(hit => window.bookSearch.teaser(hit));
        times.push([performance.now() - start, query]);
    }
}
times.sort((a, b) => a[0] - b[0]);
return { length, first, median: times[times.length >> 1][0], worst: times[times.length - 1] };
