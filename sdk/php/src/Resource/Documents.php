<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\BatchAnswer;
use Comserv\Export;
use Comserv\Internal\Fields;
use Comserv\Internal\Http;
use Comserv\Internal\Outgoing;
use Comserv\Model\CategoryUse;
use Comserv\Model\Document;
use Comserv\Model\DocumentBatchResult;
use Comserv\Model\ListedDocument;
use Comserv\Model\ListedRevision;
use Comserv\Model\Revision;
use Comserv\Model\TrashedDocument;
use Comserv\Page;
use Comserv\Request\Shapes;
use Comserv\Response;

/**
 * Scopes `documents:read` and `documents:write`.
 *
 * @phpstan-import-type DocumentBatchItem from Shapes
 * @phpstan-import-type DocumentCreate from Shapes
 * @phpstan-import-type DocumentUpdate from Shapes
 * @phpstan-import-type ExportDocumentsQuery from Shapes
 * @phpstan-import-type ListDocumentCategoriesQuery from Shapes
 * @phpstan-import-type ListDocumentRevisionsQuery from Shapes
 * @phpstan-import-type ListDocumentsQuery from Shapes
 * @phpstan-import-type ListTrashedDocumentsQuery from Shapes
 */
final class Documents
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * One page; iterated over, all documents.
     *
     * @param ListDocumentsQuery $query
     * @return Page<ListedDocument>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/documents', $query, ListedDocument::from(...), $timeoutSeconds, $maxRetries);
    }

    public function get(int $id, ?float $timeoutSeconds = null, ?int $maxRetries = null): Document
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/documents/%d', $id),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Document::from(...));
    }

    /** @param DocumentCreate $document */
    public function create(
        array $document,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Document {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/documents',
            json: $document,
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Document::from(...));
    }

    /**
     * Changes the fields that are given; null clears an optional one.
     *
     * @param DocumentUpdate $change
     */
    public function update(
        int $id,
        array $change,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Document {
        return $this->http->call(new Outgoing(
            'PATCH',
            Outgoing::path('/api/v1/documents/%d', $id),
            json: $change,
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Document::from(...));
    }

    /** Moves the document to the trash, from where `restore` brings it back for 30 days. */
    public function delete(
        int $id,
        ?string $ifMatch = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Response {
        return $this->http->send(new Outgoing(
            'DELETE',
            Outgoing::path('/api/v1/documents/%d', $id),
            ifMatch: $ifMatch,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ));
    }

    public function restore(
        int $id,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Document {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/documents/%d/restore', $id),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Document::from(...));
    }

    /**
     * Those that were deleted and can be restored.
     *
     * @param ListTrashedDocumentsQuery $query
     * @return Page<TrashedDocument>
     */
    public function trash(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list(
            '/api/v1/documents/trash',
            $query,
            TrashedDocument::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * Every category that a document has, by name, also those that `$comserv->categories` knows nothing of.
     *
     * @param ListDocumentCategoriesQuery $query
     * @return Page<CategoryUse>
     */
    public function categories(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list(
            '/api/v1/documents/categories',
            $query,
            CategoryUse::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    /**
     * What a document was before.
     *
     * @param ListDocumentRevisionsQuery $query
     * @return Page<ListedRevision>
     */
    public function revisions(int $id, array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list(
            Outgoing::path('/api/v1/documents/%d/revisions', $id),
            $query,
            ListedRevision::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }

    public function revision(int $id, int $version, ?float $timeoutSeconds = null, ?int $maxRetries = null): Revision
    {
        return $this->http->call(new Outgoing(
            'GET',
            Outgoing::path('/api/v1/documents/%d/revisions/%d', $id, $version),
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Revision::from(...));
    }

    /** Makes the document what it was, as a new version. */
    public function restoreRevision(
        int $id,
        int $version,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): Document {
        return $this->http->call(new Outgoing(
            'POST',
            Outgoing::path('/api/v1/documents/%d/revisions/%d/restore', $id, $version),
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), Document::from(...));
    }

    /**
     * Up to 100 changes in one request, each with a result of its own; with `atomic` all are done, or none is
     * and the call throws.
     *
     * @param list<DocumentBatchItem> $items
     * @return BatchAnswer<DocumentBatchResult>
     */
    public function batch(
        array $items,
        ?bool $atomic = null,
        ?string $idempotencyKey = null,
        ?float $timeoutSeconds = null,
        ?int $maxRetries = null,
    ): BatchAnswer {
        return $this->http->call(new Outgoing(
            'POST',
            '/api/v1/documents/batch',
            query: ['atomic' => $atomic],
            json: ['items' => $items],
            idempotencyKey: $idempotencyKey,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        ), static fn (Fields $fields): BatchAnswer => BatchAnswer::from($fields, DocumentBatchResult::from(...)));
    }

    /**
     * All that the filters let through, in one answer, whole: with their contents.
     *
     * @param ExportDocumentsQuery $query
     * @return Export<Document>
     */
    public function export(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Export
    {
        return $this->http->export(
            '/api/v1/documents/export',
            $query,
            Document::from(...),
            $timeoutSeconds,
            $maxRetries,
        );
    }
}
