// A program of the crowd (lab/crowd.py): java.net.http, whose selector has each channel before it
// is connected, on sockets of the family AF_INET6.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

public class Crowd {
    public static void main(String[] args) {
        String base = "http://" + args[0] + ":" + args[1] + "/together/" + args[2] + "/";
        int first = Integer.parseInt(args[3]);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        CompletableFuture.allOf(IntStream.range(first, first + Integer.parseInt(args[2]))
                .mapToObj(size -> client.sendAsync(
                        HttpRequest.newBuilder(URI.create(base + size)).build(),
                        BodyHandlers.ofFile(Path.of("" + size))))
                .toArray(CompletableFuture[]::new)).join();
    }
}
