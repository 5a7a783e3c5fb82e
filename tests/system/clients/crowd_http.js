// A program of the crowd (lab/crowd.py): Node's http module.
const fs = require('fs');
const http = require('http');
const [host, port, count, first] = process.argv.slice(2);

for (let size = +first; size < +first + +count; size++) {
  const request = http.get(`http://${host}:${port}/together/${count}/${size}`, (response) => {
    response.pipe(fs.createWriteStream(`${size}`));
  });
  request.on('error', (error) => {
    console.log(size, error.code);
    process.exitCode = 1;
  });
}
