extension OpenAPIDocument {
    private static let jobID = #"""
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-z]{20,30}$"}}
        """#

    static let jobPaths = #"""
            "/v1/jobs/{id}": {
              "parameters": [\#(jobID)],
              "get": {
                "tags": ["analysis"], "operationId": "getJob", "summary": "What became of a request to be answered later",
                "responses": {
                  "200": {"description": "The job", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Job"}}}},
                  \#(problems("NotFound"))
                }
              },
              "delete": {
                "tags": ["analysis"], "operationId": "cancelJob", "summary": "Cancel a job, or forget one that has ended",
                "responses": {
                  "200": {"description": "Cancelled", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Job"}}}},
                  "204": {"description": "Forgotten"},
                  \#(problems("NotFound", "Internal"))
                }
              }
            },
            "/v1/jobs/{id}/picture": {
              "parameters": [\#(jobID)],
              "get": {
                "tags": ["analysis"], "operationId": "getJobPicture", "summary": "The annotated picture of a job",
                "responses": {
                  "200": {"description": "The picture", "content": {
                    "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                    "image/png": {"schema": {"type": "string", "format": "binary"}}}},
                  \#(problems("NotFound"))
                }
              }
            },
            "/v1/keys": {
              "get": {
                "tags": ["operations"], "operationId": "listKeys", "summary": "API keys and what they may; never a key itself",
                "description": "Needs the scope manage. 404 where there is no file of keys.",
                "responses": {
                  "200": {"description": "Keys by name", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["keys"], "properties": {
                      "keys": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}}}}}},
                  \#(problems("NotFound"))
                }
              }
            }
        """#
}
