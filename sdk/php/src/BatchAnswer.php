<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Fields;

/**
 * The response to a batch: one result for each item, in order.
 *
 * @template-covariant T
 */
final class BatchAnswer extends ApiObject
{
    /** @param list<T> $data */
    public function __construct(
        public readonly array $data,
        public readonly BatchMeta $meta,
        public readonly Response $response,
    ) {
    }

    /**
     * @template R
     * @param \Closure(Fields): R $from
     * @return self<R>
     *
     * @internal
     */
    public static function from(Fields $fields, \Closure $from): self
    {
        $meta = $fields->object('meta');
        return new self(
            $fields->objects('data', $from),
            new BatchMeta($meta->integer('succeeded'), $meta->integer('failed')),
            $fields->response,
        );
    }
}
