// A program of the crowd (lab/crowd.py): Node's global fetch.
const fs = require('fs');
const [host, port, count, first] = process.argv.slice(2);

async function save(size) {
  const response = await fetch(`http://${host}:${port}/together/${count}/${size}`);
  fs.writeFileSync(`${size}`, Buffer.from(await response.arrayBuffer()));
}

Promise.all(Array.from({ length: +count }, (_, k) => save(+first + k)));
