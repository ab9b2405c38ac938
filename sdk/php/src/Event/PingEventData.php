<?php

declare(strict_types=1);

namespace Comserv\Event;

use Comserv\ApiObject;
use Comserv\Internal\Fields;

/** The data of a test of a webhook, sent to it alone; the id is the webhook's. */
final class PingEventData extends ApiObject
{
    public function __construct(public readonly int $id)
    {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self($fields->integer('id'));
    }
}
