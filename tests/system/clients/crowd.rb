# A program of the crowd (lab/crowd.py): Ruby's net/http, one thread a request.
require 'net/http'
host, port, count, first = ARGV[0], *ARGV[1..].map(&:to_i)

threads = (first...first + count).map do |size|
  Thread.new do
    body = Net::HTTP.get(host, "/together/#{count}/#{size}", port)
    File.binwrite(size.to_s, body)
  end
end
threads.each(&:join)
