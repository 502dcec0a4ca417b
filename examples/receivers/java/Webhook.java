// A webhook endpoint with the JDK's own HTTP server, Java 17 or later: POST /webhook. The JDK has no JSON parser:
// parse the text of the event with your JSON library.
// cz-hook: head
// Run:     java Webhook.java
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end

// cz-hook: imports
import com.sun.net.httpserver.Headers;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
// cz-hook: end

public class Webhook {
    private static final int MAX_BODY = 2 * 1024 * 1024;

    // cz-hook: verify
    private static final byte[] KEY = setting("CZ_HOOK_SECRET").getBytes(StandardCharsets.UTF_8);

    private static String setting(String name) {
        String value = System.getenv().getOrDefault(name, "");
        return value.isEmpty() ? notConfigured(name + " is not set") : value;
    }

    private static <T> T notConfigured(String why) {
        System.err.println(why);
        System.exit(1);
        return null;
    }

    /** Whether the request is signed as `chatzuri` signs: see the top. */
    private static boolean isGenuine(Headers headers, byte[] body) {
        String given = only(headers, "x-chatzuri-signature");
        if (given == null) {
            return false;
        }
        String expected = HexFormat.of().formatHex(hmac(body));
        return isEqual(given, expected);
    }

    /** Compares in the same time for every position of a difference; String.equals does not. */
    private static boolean isEqual(String given, String expected) {
        return MessageDigest.isEqual(
                given.getBytes(StandardCharsets.ISO_8859_1), expected.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] hmac(byte[] bytes) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(KEY, "HmacSHA1"));
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
    // cz-hook: end

    // cz-hook: parse
    private static final Pattern TOKEN = Pattern.compile(
            "[ \\t\\r\\n]*+(?:([\\[\\]{},:\"])|-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)");
    private static final Pattern PIECE = Pattern.compile(
            "[^\"\\\\\\x00-\\x1f]++|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4})");

    /** Whether the text is a JSON object. The JDK has no JSON parser: replace this with that of your library. */
    private static boolean isEvent(String text) {
        Matcher token = TOKEN.matcher(text);
        Matcher piece = PIECE.matcher(text);
        // The ends of what is open, and what may come next: `k` for a key, `v` for a number or a word.
        var open = new StringBuilder();
        String next = "{";
        int at = 0;
        while (token.region(at, text.length()).lookingAt()) {
            at = token.end();
            char kind = token.group(1) == null ? 'v' : token.group(1).charAt(0);
            if (kind == '"') {
                while (piece.region(at, text.length()).lookingAt()) {
                    at = piece.end();
                }
                if (at == text.length() || text.charAt(at++) != '"') {
                    return false;
                }
                kind = next.contains("k") ? 'k' : kind;
            }
            if (next.indexOf(kind) < 0) {
                return false;
            }
            if (kind == '{' || kind == '[') {
                open.append(kind == '{' ? '}' : ']');
            } else if (kind == '}' || kind == ']') {
                open.setLength(open.length() - 1);
            }
            String end = open.isEmpty() ? "" : open.substring(open.length() - 1);
            next = switch (kind) {
                case '{' -> "k}";
                case '[' -> "{[\"v]";
                case 'k' -> ":";
                case ':' -> "{[\"v";
                case ',' -> end.equals("}") ? "k" : "{[\"v";
                default -> end.isEmpty() ? "" : "," + end;
            };
        }
        return at > 0 && open.isEmpty()
                && text.substring(at).chars().allMatch(c -> " \t\r\n".indexOf(c) >= 0);
    }
    // cz-hook: end

    static void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            // The raw bytes: the signature covers them, not the parsed body.
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
            if (body.length > MAX_BODY) {
                answer(exchange, 413, "{\"message\":\"Too large\"}");
                return;
            }
            if (!isGenuine(exchange.getRequestHeaders(), body)) {
                answer(exchange, 400, "{\"message\":\"Signature didn't match\"}");
                return;
            }
            String event = new String(body, StandardCharsets.UTF_8);
            if (!isEvent(event)) {
                answer(exchange, 400, "{\"message\":\"Unexpected body\"}");
                return;
            }
            // Your work starts here: parse `event`, put it into a queue, and ignore events that you do not know.
            answer(exchange, 200, "{\"status\":\"accepted\"}");
        }
    }

    /** The value of a header that the request has exactly once; null otherwise. */
    private static String only(Headers headers, String name) {
        List<String> values = headers.get(name);
        return values == null || values.size() != 1 ? null : values.get(0);
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 128);
        server.createContext("/webhook", Webhook::handle);
        // By default there is one thread, and one slow sender blocks all others.
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        System.out.println("listening on http://127.0.0.1:" + port + "/webhook");
    }
}
