<?php

declare(strict_types=1);

require 'vendor/autoload.php';

use Comserv\Comserv;

// COMSERV_URL=http://127.0.0.1:3000 KEY=cs_live_… php list-users.php
$comserv = new Comserv((string) getenv('COMSERV_URL'), apiKey: (string) getenv('KEY'));

$page = $comserv->users->list(['status' => 'active', 'limit' => 50]);
echo "{$page->meta->total_count} active users\n";

// From the page that is there already on through all the others.
foreach ($page as $user) {
    echo "{$user->id} {$user->username} {$user->email}\n";
}
