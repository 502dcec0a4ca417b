// Asks the Jackson and the Java of the class path. Standard input: a line of formulas (a JSON array), then documents
// in base64. Standard output: the version, then for each document each formula's bytes in base64, `!` if refused.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

class Jackson {
    public static void main(String[] arguments) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        String[] formulas = mapper.readValue(lines.readLine(), String[].class);
        System.out.println("Jackson " + mapper.version() + ", Java " + System.getProperty("java.version"));
        for (String line; (line = lines.readLine()) != null; ) {
            String x = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
            StringBuilder results = new StringBuilder();
            for (String formula : formulas) {
                results.append(results.length() == 0 ? "" : " ").append(result(mapper, formula, x));
            }
            System.out.println(results);
        }
    }

    static String result(ObjectMapper mapper, String formula, String x) {
        boolean isNew = formula.endsWith(" (since JDK 19)");
        if (isNew != Runtime.version().feature() >= 19) {
            return "?";
        }
        byte[] printed;
        try {
            JsonNode tree = mapper.readTree(x);
            if (formula.startsWith("mapper.writeValueAsString(mapper.readTree(x))")) {
                printed = mapper.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8);
            } else if (formula.startsWith("mapper.writeValueAsBytes(mapper.readTree(x))")) {
                printed = mapper.writeValueAsBytes(tree);
            } else {
                throw new IllegalArgumentException(formula);
            }
        } catch (IOException | StackOverflowError refused) {
            return "!";
        }
        return "=" + Base64.getEncoder().encodeToString(printed);
    }
}
