<?php

declare(strict_types=1);

// A page that a web server serves with a client of its own; started by TokenStoresTest.php.

namespace Comserv\Tests\Forking;

use Comserv\Comserv;
use Comserv\Tests\RecordingTransport;
use Comserv\Token\FileTokenStore;

require_once __DIR__ . '/../autoload.php';

$traffic = new RecordingTransport();
try {
    $comserv = new Comserv(
        (string) getenv('BASE'),
        clientId: getenv('ID'),
        clientSecret: getenv('SECRET'),
        maxRetries: 0,
        transport: $traffic,
        // The server's, which stands still.
        clock: static fn (): float => 0.0,
        tokenStore: new FileTokenStore((string) getenv('FOLDER')),
    );
    $comserv->documents->list(['limit' => 1]);
    echo 'answered ', count($traffic->of('/api/v1/oauth/token'));
} catch (\Throwable $thrown) {
    echo $thrown;
}
