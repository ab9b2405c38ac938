<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Fields;

/** A verified call of a hook: the change that waits for the response. */
final class HookRequest extends ApiObject
{
    /**
     * @param string $id Another one for every call.
     * @param string $action Such as 'document.create'.
     * @param \DateTimeImmutable $timestamp When it was sent.
     * @param string|null $request_id The `X-Request-Id` of the request that makes the change; null without one.
     * @param array<array-key, mixed> $actor Who makes it: `type`, `id` and `name`.
     * @param array<array-key, mixed>|null $record As the API shows it before the change; null for a create.
     * @param array<array-key, mixed> $input The body of the request, with what earlier hooks have made of it.
     * @param bool $test True if nothing will be changed, whatever the response is.
     */
    public function __construct(
        public readonly string $id,
        public readonly string $action,
        public readonly \DateTimeImmutable $timestamp,
        public readonly ?string $request_id,
        public readonly array $actor,
        public readonly ?array $record,
        public readonly array $input,
        public readonly bool $test = false,
    ) {
    }

    /** @internal */
    public static function of(string $id, Fields $fields): self
    {
        return new self(
            $id,
            $fields->string('action'),
            $fields->instant('timestamp'),
            $fields->stringOrNull('request_id'),
            $fields->map('actor'),
            $fields->mapOrNull('record'),
            $fields->map('input'),
            $fields->booleanOrNull('test') ?? false,
        );
    }
}
