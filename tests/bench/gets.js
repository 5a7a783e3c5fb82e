// Fetches many times at once with http.get, by itself or with SOCKS5 of its own.
//     gets.js COUNT HOST PORT [PROXY-HOST PROXY-PORT [early]]
// Prints the time in ns from the first connect to the end of the last response.
'use strict';
const http = require('http');
const net = require('net');

const [count, host, port, proxyHost, proxyPort, how] = process.argv.slice(2);
const early = how === 'early';
const greeting = Buffer.from([5, 1, 0]);
const request = Buffer.from([5, 1, 0, 1, ...host.split('.').map(Number), port >> 8, port & 255]);
const SELECTION = '0500';
const GRANTED = '05000001'; // by a proxy that gives an IPv4 address
const SELECTION_LEN = 2, REPLY_LEN = 10;

function direct() {
    return net.connect(Number(port), host);
}

// Hands the socket over when the last byte of the reply has been read.
function throughProxy(options, done) {
    const socket = net.connect(Number(proxyPort), proxyHost);
    const expect = (length, start, next) => {
        const bytes = socket.read(length);
        if (bytes === null)
            socket.once('readable', () => expect(length, start, next));
        else if (!bytes.toString('hex').startsWith(start))
            done(new Error(`the proxy refuses: ${bytes.toString('hex')}`));
        else
            next();
    };
    socket.once('error', done);
    socket.write(early ? Buffer.concat([greeting, request]) : greeting);
    expect(SELECTION_LEN, SELECTION, () => {
        if (!early)
            socket.write(request);
        expect(REPLY_LEN, GRANTED, () => done(null, socket));
    });
}

function get() {
    return new Promise((resolve, reject) => {
        const createConnection = proxyHost ? throughProxy : direct;
        http.get({ host, port, createConnection }, (response) => {
            let body = '';
            response.on('data', (piece) => { body += piece; });
            response.on('end', () => {
                const isRight = response.statusCode === 200 && body === 'hello\n';
                isRight ? resolve() : reject(new Error(`not what was asked for: ${body}`));
            });
        }).on('error', reject);
    });
}

const start = process.hrtime.bigint();
Promise.all(Array.from({ length: Number(count) }, get)).then(
    () => console.log(String(process.hrtime.bigint() - start)),
    (error) => { console.error(error); process.exit(1); });
