<?php

declare(strict_types=1);

// A page as php-fpm serves it: everything is made anew for each request, in one of several worker processes.

use Comserv\Comserv;
use Comserv\Token\FileTokenStore;

require __DIR__ . '/../autoload.php';

$comserv = new Comserv(
    (string) getenv('BASE'),
    clientId: (string) getenv('ID'),
    clientSecret: (string) getenv('SECRET'),
    tokenStore: new FileTokenStore((string) getenv('TOKENS')),
);
$id = (int) ($_GET['id'] ?? 0);
echo json_encode(['asked' => $id, 'got' => $comserv->documents->get($id)->id, 'worker' => getmypid()]);
