<?php

declare(strict_types=1);

require 'vendor/autoload.php';

use Comserv\Event\DocumentEventData;
use Comserv\Event\UserEventData;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Webhook;
use Comserv\WebhookEvent;

// WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:4000 receive-webhook.php
try {
    $rawBody = (string) file_get_contents('php://input');
    $event = Webhook::verify($rawBody, getallheaders(), (string) getenv('WEBHOOK_SECRET'));
    // An event may arrive more than once; $event->id stays the same. A real receiver remembers it in its database.
    handle($event);
    http_response_code(204);
} catch (WebhookVerificationException $exception) {
    error_log("refused: {$exception->check}");
    http_response_code(400);
}

function handle(WebhookEvent $event): void
{
    if ($event->event === 'user.created' && $event->data instanceof UserEventData) {
        error_log("welcome, {$event->data->username}");
    } elseif ($event->event === 'document.published' && $event->data instanceof DocumentEventData) {
        error_log("published: {$event->data->title}");
    } else {
        error_log($event->event);
    }
}
