// A program of the crowd (lab/crowd.py): Rust's standard library, one thread a request. Every other
// one connects within a bound, which is without blocking and by poll.
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use std::{env, fs, io, thread};

fn connect(host: &str, port: u16, bounded: bool) -> io::Result<TcpStream> {
    if !bounded {
        return TcpStream::connect((host, port));
    }
    let address = (host, port).to_socket_addrs()?.next().unwrap();
    TcpStream::connect_timeout(&address, Duration::from_secs(10))
}

fn save(host: &str, port: u16, count: usize, size: usize) -> io::Result<()> {
    let mut stream = connect(host, port, size % 2 == 0)?;
    write!(stream, "GET /together/{}/{} HTTP/1.0\r\n\r\n", count, size)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    fs::write(size.to_string(), &answer[head + 4..])
}

fn main() {
    let words: Vec<String> = env::args().collect();
    let (port, count, first) =
        (words[2].parse().unwrap(), words[3].parse().unwrap(), words[4].parse::<usize>().unwrap());
    let threads: Vec<_> = (first..first + count)
        .map(|size| {
            let host = words[1].clone();
            thread::spawn(move || save(&host, port, count, size))
        })
        .collect();
    let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
    let errors: Vec<_> = outcomes.filter_map(io::Result::err).collect();
    for error in &errors {
        println!("{:?}", error.kind());
    }
    std::process::exit(if errors.is_empty() { 0 } else { 1 });
}
