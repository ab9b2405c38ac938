<?php

declare(strict_types=1);

// Started by ForkingTest.php: forks for real, and each process asks for a document of its own.

namespace Comserv\Tests\Forking;

use Comserv\Comserv;
use Comserv\Exception\ConfigurationException;
use Comserv\Transport\CurlTransport;
use Comserv\Transport\Psr18Transport;
use GuzzleHttp\Client;
use GuzzleHttp\Psr7\HttpFactory;

require __DIR__ . '/../autoload.php';
require_once 'GuzzleHttp/autoload.php';

const CALLS = 60;
const CHILDREN = 4;

$options = getenv('CA') === false ? [] : [CURLOPT_CAINFO => getenv('CA')];
$base = (string) getenv('BASE');
$transport = new CurlTransport($options);
$comserv = getenv('KEY') === false
    ? new Comserv($base, clientId: getenv('ID'), clientSecret: getenv('SECRET'), transport: $transport)
    : new Comserv($base, apiKey: getenv('KEY'), transport: $transport);
$getMyOwn = static function (int $id) use ($comserv): void {
    for ($call = 0; $call < CALLS; $call++) {
        if ($comserv->documents->get($id)->id !== $id) {
            throw new \RuntimeException('The response to another call.');
        }
    }
};
$fork = static function (\Closure $child): int {
    $pid = pcntl_fork();
    if ($pid !== 0) {
        return $pid;
    }
    try {
        $child();
    } catch (\Throwable $thrown) {
        fwrite(STDERR, "{$thrown}\n");
        exit(1);
    }
    exit(0);
};
$waitFor = static function (int ...$pids): void {
    foreach ($pids as $pid) {
        pcntl_waitpid($pid, $status);
        if ($status !== 0) {
            fwrite(STDERR, "A child ended with {$status}.\n");
            exit(1);
        }
    }
};

$ids = array_map(
    static fn (int $number): int => $comserv->documents->create(['title' => "Document {$number}"])->id,
    range(0, CHILDREN),
);
$mine = $ids[CHILDREN];
$pids = array_map(
    static fn (int $id): int => $fork(static fn () => $getMyOwn($id)),
    array_slice($ids, 0, CHILDREN),
);
$pids[] = $fork(static fn () => gc_collect_cycles());
$getMyOwn($mine);
$waitFor(...$pids);
$getMyOwn($mine);
$waitFor($fork(static function () use ($fork, $waitFor, $getMyOwn, $ids): void {
    $getMyOwn($ids[0]);
    $waitFor($fork(static fn () => $getMyOwn($ids[1])));
    $getMyOwn($ids[0]);
}));
$getMyOwn($mine);

if (getenv('CA') === false) {
    $factory = new HttpFactory();
    $client = static fn (Client|\Closure $given): Comserv => new Comserv(
        $comserv->baseUrl,
        apiKey: getenv('KEY') ?: getenv('SECRET'),
        transport: new Psr18Transport($given, $factory, $factory),
    );
    $given = $client(new Client());
    $each = $client(static fn (): Client => new Client());
    $export = $comserv->documents->export()->getIterator();
    $export->current();
    $refused = static function (\Closure $call, string $why): void {
        try {
            $call();
        } catch (ConfigurationException $exception) {
            if (str_contains($exception->getMessage(), $why)) {
                return;
            }
        }
        throw new \RuntimeException("It was not refused: {$why}");
    };
    foreach ([$given, $each] as $one) {
        $one->documents->get($mine);
    }
    $waitFor($fork(static function () use ($given, $each, $mine, $refused, $export): void {
        $refused(static fn () => $given->documents->get($mine), 'created before a fork');
        if ($each->documents->get($mine)->id !== $mine) {
            throw new \RuntimeException('The response to another call.');
        }
        $refused(static fn () => iterator_to_array($export, false), 'belongs to the process');
    }));
    foreach ([$given, $each] as $one) {
        $one->documents->get($mine);
    }
    foreach ($export as $_) {
        // To its end.
    }
}
echo 'done';
