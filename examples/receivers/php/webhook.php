<?php
// A webhook endpoint in plain PHP 8: POST on any path, signed in x-chatzuri-signature.
// Install: nothing besides PHP
// Run:     SECRET_KEY=… php -d enable_post_data_reading=0 -S 127.0.0.1:3000 webhook.php

declare(strict_types=1);

const MAX_BODY = 2 * 1024 * 1024;

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body);
    exit;
}

$secret = (string) getenv('SECRET_KEY');
if ($secret === '') {
    error_log('SECRET_KEY is not set');
    answer(500, ['message' => 'Not configured']);
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST');
    answer(405, ['message' => 'Method Not Allowed']);
}

// The raw bytes: the signature covers them, not the parsed JSON.
$body = (string) file_get_contents('php://input', length: MAX_BODY + 1);
if (strlen($body) > MAX_BODY) {
    answer(413, ['message' => 'Too large']);
}

// Two signature headers arrive as one value with a comma, which never equals a signature.
$given = $_SERVER['HTTP_X_CHATZURI_SIGNATURE'] ?? '';
if (!hash_equals(hash_hmac('sha1', $body, $secret), $given)) {
    answer(400, ['message' => "Signature didn't match"]);
}

$event = json_decode($body);
if (!$event instanceof stdClass) {
    answer(400, ['message' => 'Not a JSON object']);
}

// Your work starts here: put $event into a queue, and ignore events that you do not know.
answer(200, ['status' => 'accepted']);
