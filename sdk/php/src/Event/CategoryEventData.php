<?php

declare(strict_types=1);

namespace Comserv\Event;

use Comserv\ApiObject;
use Comserv\Internal\Fields;

/** The data of events about categories: what the category is after the change, or was before the deletion. */
final class CategoryEventData extends ApiObject
{
    public function __construct(
        public readonly int $id,
        public readonly string $name,
        public readonly ?string $slug,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('id'),
            $fields->string('name'),
            $fields->stringOrNull('slug'),
        );
    }
}
