<?php
// Asks this PHP. Standard input: a line of formulas (a JSON array, `$x` is the input), then documents in
// base64. Standard output: the version, then for each document each formula's bytes in base64, `!` if refused.
$lines = explode("\n", rtrim(stream_get_contents(STDIN), "\n"));
$functions = array_map(
    fn ($formula) => eval("return fn (\$x) => $formula;"),
    json_decode(array_shift($lines), true)
);
echo "PHP ", PHP_VERSION, "\n";
foreach ($lines as $line) {
    $x = base64_decode($line);
    $results = [];
    foreach ($functions as $function) {
        $printed = $function($x);
        // What cannot be decoded is null, which would print as null.
        $is_refused = $printed === false || ($printed === "null" && trim($x) !== "null");
        $results[] = $is_refused ? "!" : "=" . base64_encode($printed);
    }
    echo implode(" ", $results), "\n";
}
