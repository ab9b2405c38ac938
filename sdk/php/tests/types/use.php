<?php

declare(strict_types=1);

namespace Comserv\Tests\Types;

use Comserv\Comserv;
use Comserv\Event\UserEventData;
use Comserv\WebhookEvent;

/** A program as its author's analyser sees it. It is not run: `npm run check` analyses it, as it does the package. */
function right(Comserv $comserv, WebhookEvent $event): string
{
    $page = $comserv->documents->list(['status' => 'draft', 'q' => null]);
    $document = $comserv->documents->get($page->meta->total_count);
    $change = ['title' => 'New', 'publish_at' => new \DateTimeImmutable()];
    $changed = $comserv->documents->update($document->id, $change, ifMatch: $document->response->etag);
    $texts = [$changed?->title, $changed?->created_at->format('c'), $page->next()?->nextCursor() ?? ''];
    foreach ($comserv->users->list(['role' => 'editor']) as $user) {
        $texts[] = $user->username;
    }
    foreach ($comserv->users->export() as $user) {
        $texts[] = $user->profile->bio ?? '';
    }
    if ($event->data instanceof UserEventData) {
        $texts[] = $event->data->username;
    }
    $comserv->users->update(1, ['profile' => ['bio' => null]]);
    $texts[] = $comserv->session->signIn(['username' => 'x', 'password' => 'y'])->user->username;
    foreach ($comserv->me->sessions() as $session) {
        $texts[] = $session->user_agent ?? $session->ip;
    }
    return implode(' ', $texts);
}

function wrong(Comserv $comserv): mixed
{
    // @mago-expect analysis:possibly-invalid-argument There is no such status.
    $comserv->users->list(['status' => 'crowned']);
    // @mago-expect analysis:possibly-invalid-argument There is no such filter.
    $comserv->users->list(['roll' => 'editor']);
    // @mago-expect analysis:possibly-invalid-argument The email is missing.
    $comserv->users->create(['username' => 'newuser', 'password' => 'securepassword']);
    // @mago-expect analysis:possibly-invalid-argument There is no such field.
    $comserv->documents->update(1, ['titel' => 'New']);
    // @mago-expect analysis:possibly-invalid-argument There is no role that one may give oneself.
    $comserv->me->update(['role' => 'admin']);
    // @mago-expect analysis:non-existent-property There is no such field.
    return $comserv->users->get(1)->usrname;
}
