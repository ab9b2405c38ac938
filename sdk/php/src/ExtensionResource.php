<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Exception\ConfigurationException;
use Comserv\Internal\Arguments;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;

/** Records that an extension of the server adds. Scopes: `x.NAME.read`, `x.NAME.write`. */
final class ExtensionResource
{
    private const NAME = '~^(?:[a-z][a-z0-9]{1,29}/)?[a-z][a-z0-9_]{0,29}$~D';

    private readonly string $place;

    /** @internal */
    public function __construct(private readonly Http $http, mixed $name)
    {
        if (!is_string($name) || preg_match(self::NAME, $name) !== 1) {
            throw new ConfigurationException(
                "A resource of an extension is named 'invoices' or 'crm/contacts', not "
                    . Arguments::shown($name) . '.',
            );
        }
        $this->place = '/api/v1/x/' . (str_contains($name, '/') ? $name : "{$name}/{$name}");
    }

    /**
     * Lists records. Iterate over the result for all pages, fetched as needed.
     *
     * @param array<string, string|int> $query `page`, `limit`, `cursor`, `sort`, and the filters that the extension
     *     declares
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @return Page<ExtensionRecord>
     */
    public function list(mixed $query = [], mixed $timeoutSeconds = null, mixed $maxRetries = null): Page
    {
        return $this->http->list(
            $this->place,
            $query,
            ExtensionRecord::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * Creates a record.
     *
     * @param array<string, mixed> $record the fields of the declaration
     * @param string|null $idempotencyKey
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @throws Exception\InvalidRequestException The details name the field.
     * @throws Exception\ConflictException A unique value is taken.
     */
    public function create(
        mixed $record,
        mixed $idempotencyKey = null,
        mixed $timeoutSeconds = null,
        mixed $maxRetries = null,
    ): ExtensionRecord {
        $outgoing = new Outgoing(
            'POST',
            $this->place,
            json: Arguments::fields('record', $record),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        return $this->http->call($outgoing, ExtensionRecord::from(...));
    }

    /**
     * Gets a record.
     *
     * @param int $id
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @throws Exception\ResourceNotFoundException The requested resource does not exist.
     */
    public function get(mixed $id, mixed $timeoutSeconds = null, mixed $maxRetries = null): ExtensionRecord
    {
        $outgoing = new Outgoing(
            'GET',
            $this->path($id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        return $this->http->call($outgoing, ExtensionRecord::from(...));
    }

    /**
     * Changes a record. Fields that are left out keep their value.
     *
     * Returns null to a caller who may not read the result.
     *
     * @param int $id
     * @param array<string, mixed> $change
     * @param string|null $ifMatch
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @throws Exception\ResourceNotFoundException The requested resource does not exist.
     * @throws Exception\ConflictException A unique value is taken.
     * @throws Exception\PreconditionFailedException The resource was changed in the meantime.
     */
    public function update(
        mixed $id,
        mixed $change,
        mixed $ifMatch = null,
        mixed $timeoutSeconds = null,
        mixed $maxRetries = null,
    ): ?ExtensionRecord {
        $outgoing = new Outgoing(
            'PATCH',
            $this->path($id),
            json: Arguments::fields('change', $change),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        return $this->http->callOrNull($outgoing, ExtensionRecord::from(...));
    }

    /**
     * Moves a record to the trash.
     *
     * @param int $id
     * @param string|null $ifMatch
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @throws Exception\ResourceNotFoundException The requested resource does not exist.
     * @throws Exception\PreconditionFailedException The resource was changed in the meantime.
     */
    public function delete(
        mixed $id,
        mixed $ifMatch = null,
        mixed $timeoutSeconds = null,
        mixed $maxRetries = null,
    ): Response {
        $outgoing = new Outgoing(
            'DELETE',
            $this->path($id),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        return $this->http->send($outgoing);
    }

    /**
     * Creates, updates and deletes up to 100 records; each item has its own result.
     *
     * @param list<array<string, mixed>> $items Each with `action` (`create`, `update` or `delete`), and with `id`,
     *     `data` and `if_match` as the action needs them.
     * @param bool|null $atomic With `true`, either all items succeed or nothing is changed.
     * @param string|null $idempotencyKey
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @return BatchAnswer<ExtensionBatchResult>
     */
    public function batch(
        mixed $items,
        mixed $atomic = null,
        mixed $idempotencyKey = null,
        mixed $timeoutSeconds = null,
        mixed $maxRetries = null,
    ): BatchAnswer {
        $outgoing = new Outgoing(
            'POST',
            "{$this->place}/batch",
            query: ['atomic' => $atomic],
            json: ['items' => Arguments::items($items)],
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        return $this->http->batch($outgoing, ExtensionBatchResult::from(...));
    }

    /**
     * Exports records, oldest first, as they arrive.
     *
     * @param array<string, string|int> $query the filters that the extension declares
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @return Export<ExtensionRecord>
     */
    public function export(mixed $query = [], mixed $timeoutSeconds = null, mixed $maxRetries = null): Export
    {
        return $this->http->export(
            "{$this->place}/export",
            $query,
            ExtensionRecord::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * Lists deleted records that can be restored. Iterate over the result for all pages, fetched as needed.
     *
     * @param array<string, string|int> $query `page`, `limit`, `cursor`, `sort`
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @return Page<TrashedExtensionRecord>
     */
    public function trash(mixed $query = [], mixed $timeoutSeconds = null, mixed $maxRetries = null): Page
    {
        return $this->http->list(
            "{$this->place}/trash",
            $query,
            TrashedExtensionRecord::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * Takes a record out of the trash.
     *
     * Returns null to a caller who may not read the result.
     *
     * @param int $id
     * @param string|null $idempotencyKey
     * @param float|null $timeoutSeconds
     * @param int|null $maxRetries
     * @throws Exception\ResourceNotFoundException The requested resource does not exist.
     * @throws Exception\ConflictException A unique value is taken.
     */
    public function restore(
        mixed $id,
        mixed $idempotencyKey = null,
        mixed $timeoutSeconds = null,
        mixed $maxRetries = null,
    ): ?ExtensionRecord {
        $outgoing = new Outgoing(
            'POST',
            Arguments::path("{$this->place}/{id}/restore", id: $id),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        return $this->http->callOrNull($outgoing, ExtensionRecord::from(...));
    }

    private function path(mixed $id): string
    {
        return Arguments::path("{$this->place}/{id}", id: $id);
    }
}
