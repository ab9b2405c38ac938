<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Fields;

/** The figures of every page of a list. */
final class ListMeta extends ApiObject
{
    /**
     * @param int $total_count Exact, for all pages together.
     * @param int|null $current_page From 1; null in the event log, which has no numbered pages.
     * @param int|null $total_pages Null in the event log.
     */
    public function __construct(
        public readonly int $total_count,
        public readonly ?int $current_page = null,
        public readonly ?int $total_pages = null,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('total_count'),
            $fields->integerOrNull('current_page'),
            $fields->integerOrNull('total_pages'),
        );
    }
}
