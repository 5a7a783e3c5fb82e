// Java's three ways to a server: java Fetch.java url URL | client URL | socket HOST PORT

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

public class Fetch {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
        case "url" -> System.out.print(byConnection(args[1]));
        case "client" -> System.out.print(byClient(args[1]));
        case "socket" -> System.out.println(bySocket(args[1], Integer.parseInt(args[2])));
        }
    }

    static String byConnection(String url) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static String byClient(String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    static String bySocket(String host, int port) throws Exception {
        byte[] text = new byte[100000];
        Arrays.fill(text, (byte) 'j');
        try (Socket socket = new Socket(host, port)) {
            socket.getOutputStream().write(text);
            socket.shutdownOutput();
            boolean same = Arrays.equals(text, socket.getInputStream().readAllBytes());
            return same ? "echoed" : "garbled";
        }
    }
}
