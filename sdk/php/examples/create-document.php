<?php

declare(strict_types=1);

require 'vendor/autoload.php';

use Comserv\Comserv;
use Comserv\Exception\ConflictException;
use Comserv\Exception\ConnectionException;

// COMSERV_URL=http://127.0.0.1:3000 CLIENT_ID=… CLIENT_SECRET=cs_live_… php create-document.php
$comserv = new Comserv(
    (string) getenv('COMSERV_URL'),
    clientId: (string) getenv('CLIENT_ID'),
    clientSecret: (string) getenv('CLIENT_SECRET'),
    maxRetries: 4,
);

try {
    // Sent up to five times, written once. The key is the row that this comes from: not even a program that was started
    // again writes it twice, for 24 hours.
    $document = $comserv->documents->create(
        ['title' => 'Annual Report 2023', 'category' => 'reports', 'status' => 'published'],
        idempotencyKey: 'reports.csv-row-17',
    );
    echo "document {$document->id} is {$document->status}\n";
} catch (ConflictException $exception) {
    echo $exception->details, "\n";
} catch (ConnectionException $exception) {
    echo "the server cannot be reached: {$exception->getMessage()}\n";
}
