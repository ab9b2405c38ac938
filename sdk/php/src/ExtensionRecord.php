<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Fields;

/** A record that an extension of the server adds; `$record->fields['amount_cents']` is a field of its declaration. */
final class ExtensionRecord extends ApiObject
{
    private const OF_ALL = ['id', 'created_at', 'updated_at'];

    /** @param array<string, mixed> $fields Those of its declaration. */
    public function __construct(
        public readonly int $id,
        public readonly \DateTimeImmutable $created_at,
        public readonly \DateTimeImmutable $updated_at,
        public readonly array $fields,
        public readonly Response $response,
    ) {
    }

    /** @internal */
    public static function from(Fields $fields): self
    {
        return new self(
            $fields->integer('id'),
            $fields->instant('created_at'),
            $fields->instant('updated_at'),
            $fields->without(self::OF_ALL),
            $fields->response,
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
