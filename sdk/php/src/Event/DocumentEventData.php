<?php

declare(strict_types=1);

namespace Comserv\Event;

use Comserv\ApiObject;
use Comserv\Internal\Fields;

/** The data of events about documents: what the document is after the change, or was before the deletion. */
final class DocumentEventData extends ApiObject
{
    public function __construct(
        public readonly int $id,
        public readonly string $title,
        public readonly string $category,
        public readonly string $status,
        public readonly int $author_id,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('id'),
            $fields->string('title'),
            $fields->string('category'),
            $fields->string('status'),
            $fields->integer('author_id'),
        );
    }
}
