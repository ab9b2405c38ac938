<?php

declare(strict_types=1);

namespace Comserv\Event;

use Comserv\ApiObject;
use Comserv\Internal\Fields;

/** The data of events about users: what the user is after the change, or was before the deletion. */
final class UserEventData extends ApiObject
{
    public function __construct(
        public readonly int $id,
        public readonly string $username,
        public readonly string $email,
        public readonly string $role,
        public readonly string $status,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('id'),
            $fields->string('username'),
            $fields->string('email'),
            $fields->string('role'),
            $fields->string('status'),
        );
    }
}
