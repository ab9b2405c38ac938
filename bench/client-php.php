<?php

/**
 * `php bench/client-php.php`: what a call through the PHP client costs beside ext-curl alone, against the same started
 * server, call by call in turns. The ratio of the medians counts; it holds on a slow or a busy machine, where milliseconds
 * do not.
 */

declare(strict_types=1);

use Comserv\Comserv;
use Comserv\Tests\Rig;

require dirname(__DIR__) . '/sdk/php/tests/bootstrap.php';

const WARM_UP = 50;
const CALLS = 1_000;
const GOAL = 1.15;

['url' => $url, 'client_secret' => $key] = Rig::do('process/start', [
    'env' => ['COMSERV_RATE_LIMIT_STANDARD' => '1000000', 'COMSERV_RATE_LIMIT_PREMIUM' => '1000000'],
]);
$comserv = new Comserv($url, apiKey: $key);
for ($i = 0; $i < 100; $i++) {
    $comserv->documents->create(['title' => "Document {$i}", 'content' => str_repeat('A sentence of a document. ', 40)]);
}

$handle = curl_init();
$bare = static function (string $method, string $path, ?array $body = null) use ($handle, $url, $key): array {
    curl_setopt_array($handle, [
        CURLOPT_URL => $url . $path,
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => ["x-api-key: {$key}", 'accept: application/json', 'content-type: application/json'],
        CURLOPT_RETURNTRANSFER => true,
    ] + ($body === null ? [] : [CURLOPT_POSTFIELDS => json_encode($body, JSON_THROW_ON_ERROR)]));
    $answer = json_decode((string) curl_exec($handle), true, 512, JSON_THROW_ON_ERROR);
    return curl_getinfo($handle, CURLINFO_RESPONSE_CODE) < 300 ? $answer : throw new RuntimeException('refused');
};

$pairs = [
    'documents->get' => [
        static fn () => $bare('GET', '/api/v1/documents/1'),
        static fn () => $comserv->documents->get(1),
    ],
    'documents->list, 50 of them' => [
        static fn () => $bare('GET', '/api/v1/documents?limit=50'),
        static fn () => $comserv->documents->list(['limit' => 50]),
    ],
    'documents->update' => [
        static fn () => $bare('PATCH', '/api/v1/documents/2', ['category' => 'bench' . mt_rand()]),
        static fn () => $comserv->documents->update(2, ['category' => 'bench' . mt_rand()]),
    ],
];

/** @return float milliseconds for one call */
function measured(Closure $call): float
{
    $startedNs = hrtime(true);
    $call();
    return (hrtime(true) - $startedNs) / 1e6;
}

/** @param list<float> $values */
function median(array $values): float
{
    sort($values);
    return $values[intdiv(count($values), 2)];
}

foreach ($pairs as $name => [$plain, $client]) {
    $plainMs = $clientMs = [];
    for ($call = 0; $call < WARM_UP + CALLS; $call++) {
        // Who is first takes turns, too.
        [$first, $second] = $call % 2 === 0 ? [$plain, $client] : [$client, $plain];
        $times = [measured($first), measured($second)];
        if ($call >= WARM_UP) {
            [$plainMs[], $clientMs[]] = $call % 2 === 0 ? $times : array_reverse($times);
        }
    }
    [$a, $b] = [median($plainMs), median($clientMs)];
    printf("%-30s curl %.3f ms  client %.3f ms  ratio %.3f  (goal %.2f)\n", $name, $a, $b, $b / $a, GOAL);
}
