// A program of the crowd (lab/crowd.py): one selector and one thread; the kernel's epoll has each
// socket before it connects.

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

public class CrowdNio {
    static class Request {
        final int size;
        final ByteBuffer question;
        final ByteBuffer answer;

        Request(String count, int size) {
            this.size = size;
            String line = "GET /together/" + count + "/" + size + " HTTP/1.0\r\n\r\n";
            question = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
            answer = ByteBuffer.allocate(size + 4096);
        }

        void save() throws IOException {
            int length = answer.position();
            String text = new String(answer.array(), 0, length, StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n") + 4;
            byte[] body = Arrays.copyOfRange(answer.array(), head, length);
            Files.write(Path.of("" + size), body);
        }
    }

    public static void main(String[] args) throws IOException {
        InetSocketAddress target = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        int open = Integer.parseInt(args[2]), first = Integer.parseInt(args[3]);
        Selector selector = Selector.open();
        for (int size = first; size < first + open; size++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT, new Request(args[2], size));
        }
        selector.selectNow(); // only this tells the kernel
        selector.selectedKeys().clear();
        for (SelectionKey key : selector.keys()) {
            if (((SocketChannel) key.channel()).connect(target)) {
                key.interestOps(SelectionKey.OP_WRITE);
            }
        }
        while (open > 0) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                open -= step(key) ? 1 : 0;
            }
            selector.selectedKeys().clear();
        }
    }

    // Whether the request has come to its end.
    static boolean step(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        Request request = (Request) key.attachment();
        if (key.isConnectable() && channel.finishConnect()) {
            key.interestOps(SelectionKey.OP_WRITE);
        } else if (key.isWritable()) {
            channel.write(request.question);
            if (!request.question.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ);
            }
        } else if (key.isReadable() && channel.read(request.answer) < 0) {
            request.save();
            channel.close();
            return true;
        }
        return false;
    }
}
