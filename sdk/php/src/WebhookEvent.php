<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Event\CategoryEventData;
use Comserv\Event\DocumentEventData;
use Comserv\Event\EventBody;
use Comserv\Event\OtherEventData;
use Comserv\Event\PingEventData;
use Comserv\Event\UserEventData;

/** A verified event. `$event->data instanceof DocumentEventData` tells an editor what its fields are. */
final class WebhookEvent extends ApiObject
{
    /**
     * @param string|null $id The same for every attempt and resend of an event; what was seen before can be passed
     *     over.
     * @param string $event The type, such as 'document.published'.
     * @param \DateTimeImmutable $timestamp When it happened.
     */
    public function __construct(
        public readonly ?string $id,
        public readonly string $event,
        public readonly \DateTimeImmutable $timestamp,
        public readonly UserEventData|DocumentEventData|CategoryEventData|PingEventData|OtherEventData $data,
    ) {
    }

    /** @internal */
    public static function of(?string $id, EventBody $body): self
    {
        return new self($id, $body->event, $body->timestamp, $body->data);
    }
}
