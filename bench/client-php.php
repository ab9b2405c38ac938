<?php

/** The PHP client beside ext-curl, as bench/clients.ts asks for it. */

declare(strict_types=1);

use Comserv\Comserv;

require dirname(__DIR__) . '/sdk/php/tests/autoload.php';

const WARM_UP_ROUNDS = 2;
/** Few, so that what else goes on in the machine meets both ways alike. */
const CALLS_IN_TURN = 10;

$url = (string) getenv('BENCH_URL');
$key = (string) getenv('BENCH_KEY');
$rounds = (int) getenv('BENCH_ROUNDS');
$calls = (int) getenv('BENCH_CALLS');
$comserv = new Comserv($url, apiKey: $key);
$document = ['title' => 'Annual Report', 'category' => 'bench'];

$handle = curl_init();
$bare = static function (string $path, ?array $body = null) use ($handle, $url, $key): mixed {
    $headers = ["x-api-key: {$key}", 'accept: application/json'];
    if ($body !== null) {
        $headers[] = 'content-type: application/json';
        $headers[] = 'idempotency-key: ' . bin2hex(random_bytes(16));
    }
    curl_reset($handle);
    curl_setopt_array($handle, [
        CURLOPT_URL => $url . $path,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
    ] + ($body === null ? [] : [CURLOPT_POSTFIELDS => json_encode($body, JSON_THROW_ON_ERROR)]));
    $text = (string) curl_exec($handle);
    if (curl_getinfo($handle, CURLINFO_RESPONSE_CODE) >= 300) {
        throw new RuntimeException("{$path} was refused: {$text}");
    }
    return json_decode($text, true, 512, JSON_THROW_ON_ERROR);
};

/** Each kind of call, without the library and with it. */
$kinds = [
    'get' => [
        static fn () => $bare('/api/v1/documents/1')['title'],
        static fn () => $comserv->documents->get(1)->title,
    ],
    'list' => [
        static fn () => count($bare('/api/v1/documents?limit=20')['data']),
        static fn () => count($comserv->documents->list(['limit' => 20])->data),
    ],
    'create' => [
        static fn () => $bare('/api/v1/documents', $document)['id'],
        static fn () => $comserv->documents->create($document)->id,
    ],
];

/** @return array{float, float} milliseconds, and those of the processor */
function costOf(Closure $way): array
{
    $before = processorMs();
    $startedNs = hrtime(true);
    for ($i = 0; $i < CALLS_IN_TURN; $i++) {
        $way();
    }
    return [(hrtime(true) - $startedNs) / 1e6, processorMs() - $before];
}

function processorMs(): float
{
    $usage = getrusage();
    $seconds = $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'];
    return $seconds * 1_000 + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) / 1_000;
}

for ($round = -WARM_UP_ROUNDS; $round < $rounds; $round++) {
    foreach ($kinds as $call => [$plain, $client]) {
        $cost = ['bare_ms' => 0.0, 'client_ms' => 0.0, 'bare_processor_ms' => 0.0, 'client_processor_ms' => 0.0];
        for ($block = 0; $block < $calls / CALLS_IN_TURN; $block++) {
            [$bareMs, $bareProcessorMs] = costOf($plain);
            [$clientMs, $clientProcessorMs] = costOf($client);
            $cost['bare_ms'] += $bareMs / $calls;
            $cost['client_ms'] += $clientMs / $calls;
            $cost['bare_processor_ms'] += $bareProcessorMs / $calls;
            $cost['client_processor_ms'] += $clientProcessorMs / $calls;
        }
        if ($round >= 0) {
            echo json_encode(['call' => $call] + $cost), "\n";
        }
    }
}
