// A webhook endpoint with the JDK's own HTTP server, Java 17 or later: POST /webhook, signed in
// x-chatzuri-signature. Jackson 2 parses the JSON.
// Install: the jars jackson-core, jackson-annotations and jackson-databind (Debian: libjackson2-databind-java)
// Run:     SECRET_KEY=… PORT=3000 java -cp 'jackson-core.jar:jackson-annotations.jar:jackson-databind.jar' Webhook.java

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Webhook {
    private static final int MAX_BODY = 2 * 1024 * 1024;
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final SecretKeySpec key;

    Webhook(String secret) {
        key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1");
    }

    void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            // The raw bytes: the signature covers them, not the parsed JSON.
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
            if (body.length > MAX_BODY) {
                answer(exchange, 413, "{\"message\":\"Too large\"}");
                return;
            }
            if (!isGenuine(exchange.getRequestHeaders().get("x-chatzuri-signature"), body)) {
                answer(exchange, 400, "{\"message\":\"Signature didn't match\"}");
                return;
            }
            JsonNode event = parse(body);
            if (event == null || !event.isObject()) {
                answer(exchange, 400, "{\"message\":\"Not a JSON object\"}");
                return;
            }
            // Your work starts here: put `event` into a queue, and ignore events that you do not know.
            answer(exchange, 200, "{\"status\":\"accepted\"}");
        }
    }

    /** Whether the request has exactly one signature header, with the signature of these bytes. */
    private boolean isGenuine(List<String> given, byte[] body) {
        if (given == null || given.size() != 1) {
            return false;
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(key);
            String expected = HexFormat.of().formatHex(mac.doFinal(body));
            // isEqual takes the same time for every position of a difference; String.equals does not.
            return MessageDigest.isEqual(
                    given.get(0).getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode parse(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            return null;
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    public static void main(String[] args) throws IOException {
        String secret = System.getenv().getOrDefault("SECRET_KEY", "");
        if (secret.isEmpty()) {
            System.err.println("SECRET_KEY is not set");
            System.exit(1);
        }
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 128);
        server.createContext("/webhook", new Webhook(secret)::handle);
        // By default there is one thread, and one slow sender blocks all others.
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }
}
