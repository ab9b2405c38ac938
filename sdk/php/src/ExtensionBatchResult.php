<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Fields;
use Comserv\Model\CategoryBatchResultError;

/** What became of an item of a batch. */
final class ExtensionBatchResult extends ApiObject
{
    /** @param int $status The status that a single request would get. */
    public function __construct(
        public readonly int $status,
        public readonly ?int $id,
        public readonly ?string $etag,
        public readonly ?ExtensionRecord $resource,
        public readonly ?CategoryBatchResultError $error,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('status'),
            $fields->integerOrNull('id'),
            $fields->stringOrNull('etag'),
            $fields->optional('resource', ExtensionRecord::from(...)),
            $fields->optional('error', CategoryBatchResultError::from(...)),
        );
    }
}
