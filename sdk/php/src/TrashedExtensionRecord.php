<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Fields;

/** A deleted record of an extension, which can be restored until `purge_at`. */
final class TrashedExtensionRecord extends ApiObject
{
    private const OF_ALL = ['id', 'created_at', 'updated_at', 'deleted_at', 'purge_at'];

    /** @param array<string, mixed> $fields Those of its declaration. */
    public function __construct(
        public readonly int $id,
        public readonly \DateTimeImmutable $created_at,
        public readonly \DateTimeImmutable $updated_at,
        public readonly \DateTimeImmutable $deleted_at,
        public readonly \DateTimeImmutable $purge_at,
        public readonly array $fields,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('id'),
            $fields->instant('created_at'),
            $fields->instant('updated_at'),
            $fields->instant('deleted_at'),
            $fields->instant('purge_at'),
            $fields->without(self::OF_ALL),
        );
    }

    /** @return array<array-key, mixed> */
    public function jsonSerialize(): array
    {
        $json = parent::jsonSerialize();
        unset($json['fields']);
        return $json + $this->fields;
    }
}
