<?php

declare(strict_types=1);

namespace Comserv\Event;

use Comserv\ApiObject;
use Comserv\Internal\Fields;

/** What a webhook is sent, exactly. `$body->data instanceof DocumentEventData` tells an editor what its fields are. */
final class EventBody extends ApiObject
{
    /**
     * @param string $event The type, such as 'document.published'.
     * @param \DateTimeImmutable $timestamp When it happened.
     */
    public function __construct(
        public readonly string $event,
        public readonly \DateTimeImmutable $timestamp,
        public readonly UserEventData|DocumentEventData|CategoryEventData|PingEventData|OtherEventData $data,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        $event = $fields->string('event');
        return new self($event, $fields->instant('timestamp'), self::data($event, $fields));
    }

    private static function data(
        string $event,
        Fields $fields,
    ): UserEventData|DocumentEventData|CategoryEventData|PingEventData|OtherEventData {
        return match ($event) {
            'user.created', 'user.updated', 'user.deleted' => UserEventData::from($fields->object('data')),
            'document.created', 'document.updated', 'document.published', 'document.deleted'
                => DocumentEventData::from($fields->object('data')),
            'category.created', 'category.updated', 'category.deleted'
                => CategoryEventData::from($fields->object('data')),
            'ping' => PingEventData::from($fields->object('data')),
            default => new OtherEventData($fields->map('data')),
        };
    }
}
