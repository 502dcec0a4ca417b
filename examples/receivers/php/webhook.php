<?php
// A webhook endpoint in plain PHP 8: POST on any path.
// cz-hook: head
// Run:     php webhook.php
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end

declare(strict_types=1);

const MAX_BODY = 2 * 1024 * 1024;

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body);
    exit;
}

function notConfigured(string $why): never
{
    error_log($why);
    PHP_SAPI === 'cli' ? exit(1) : answer(500, ['message' => 'Not configured']);
}

// The value of a header; null without it. Two headers with one name arrive as one value with a comma, which is not a
// signature.
function headerOf(string $name): ?string
{
    return $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? null;
}

// cz-hook: verify
// The key, from the environment.
function readKey(): string
{
    return setting('CZ_HOOK_SECRET');
}

function setting(string $name): string
{
    $value = (string) getenv($name);
    return $value !== '' ? $value : notConfigured("$name is not set");
}

// Whether the request is signed as `chatzuri` signs: see the top.
function isGenuine(string $key, string $body): bool
{
    $given = headerOf('x-chatzuri-signature');
    if ($given === null) {
        return false;
    }
    $expected = hash_hmac('sha1', $body, $key);
    return hash_equals($expected, $given);
}
// cz-hook: end

// cz-hook: parse
// The event; null when the body is not a JSON object.
function parseEvent(string $body): ?stdClass
{
    $value = json_decode($body);
    return $value instanceof stdClass ? $value : null;
}
// cz-hook: end

$key = readKey();

// On the command line, this file starts PHP's own server with itself.
if (PHP_SAPI === 'cli') {
    $address = '127.0.0.1:' . (getenv('PORT') ?: '3000');
    echo "listening on http://$address/webhook\n";
    $words = ['-d', 'enable_post_data_reading=0', '-S', $address, __FILE__];
    if (function_exists('pcntl_exec')) {
        pcntl_exec(PHP_BINARY, $words); // replaces this process
    }
    passthru(implode(' ', array_map('escapeshellarg', [PHP_BINARY, ...$words])), $code);
    exit($code);
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST');
    answer(405, ['message' => 'Method Not Allowed']);
}

// The raw bytes: the signature covers them, not the parsed body.
$body = (string) file_get_contents('php://input', length: MAX_BODY + 1);
if (strlen($body) > MAX_BODY) {
    answer(413, ['message' => 'Too large']);
}

if (!isGenuine($key, $body)) {
    answer(400, ['message' => "Signature didn't match"]);
}

$event = parseEvent($body);
if ($event === null) {
    answer(400, ['message' => 'Unexpected body']);
}

// Your work starts here: put $event into a queue, and ignore events that you do not know.
answer(200, ['status' => 'accepted']);
