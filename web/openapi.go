package web

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/intake"
)

// schema is a JSON Schema as OpenAPI 3.1 uses it.
type schema = map[string]any

// describe writes the OpenAPI description of the routes.
func describe(routes []route) ([]byte, error) {
	d := describer{schemas: schema{}}
	paths := map[string]schema{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = schema{}
		}
		method := strings.ToLower(r.method)
		if paths[r.path][method] != nil {
			return nil, fmt.Errorf("web: %s %s stands in the table twice", r.method, r.path)
		}
		paths[r.path][method] = d.operation(r)
	}
	d.named(reflect.TypeFor[errorBody]())
	return json.MarshalIndent(schema{
		"openapi": "3.1.0",
		"info": schema{
			"title": "Tocsin", "version": "1",
			"description": "The response to a personal data breach under the GDPR. Times are RFC 3339 with offset. " +
				"A request with a field that is not described here is refused.",
		},
		"paths": paths,
		"components": schema{
			"schemas": d.schemas,
			"securitySchemes": schema{
				"token": schema{"type": "http", "scheme": "bearer", "description": "the token that adding an account showed"},
			},
		},
	}, "", " ")
}

// describer collects the schemas that operations name.
type describer struct{ schemas schema }

// pathParameter finds the parameters of a path.
var pathParameter = regexp.MustCompile(`\{([a-z]+)\}`)

func (d describer) operation(r route) schema {
	op := schema{"summary": r.summary, "operationId": operationID(r), "responses": d.responses(r)}
	var parameters []schema
	for _, m := range pathParameter.FindAllStringSubmatch(r.path, -1) {
		parameters = append(parameters, schema{"name": m[1], "in": "path", "required": true, "schema": schema{"type": "string"}})
	}
	for _, q := range r.query {
		s := schema{"type": q.kind}
		if q.name == "map" {
			s = schema{"type": "array", "items": schema{"type": q.kind}}
		}
		parameters = append(parameters, schema{"name": q.name, "in": "query", "required": q.required, "description": q.doc, "schema": s})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	switch {
	case r.file != "":
		op["requestBody"] = schema{"required": true, "content": schema{r.file: schema{"schema": schema{"type": "string", "format": "binary"}}}}
	case r.body != nil:
		op["requestBody"] = schema{"content": schema{"application/json": schema{"schema": d.schema(reflect.TypeOf(r.body))}}}
	}
	if !r.public() {
		op["security"] = []schema{{"token": []string{}}}
		op["x-roles"] = r.roles
	}
	return op
}

func (d describer) responses(r route) schema {
	success := schema{"description": "done"}
	switch {
	case r.download != "":
		success["content"] = schema{r.download: schema{"schema": schema{"type": "string", "format": "binary"}}}
	case r.answer != nil:
		success["content"] = schema{"application/json": schema{"schema": d.schema(reflect.TypeOf(r.answer))}}
	default:
		success["content"] = schema{"application/json": schema{"schema": schema{"type": "object"}}}
	}
	refused := schema{"description": "refused: what, why and what to do",
		"content": schema{"application/json": schema{"schema": schema{"$ref": "#/components/schemas/errorBody"}}}}
	out := schema{strconv.Itoa(r.status): success, "default": refused}
	if r.path == "/readyz" {
		out[strconv.Itoa(http.StatusServiceUnavailable)] = success
	}
	return out
}

// operationID is made of the method and the path.
func operationID(r route) string {
	name := strings.ToLower(r.method)
	for part := range strings.FieldsFuncSeq(strings.TrimPrefix(r.path, "/api/v1"), func(c rune) bool {
		return c < 'a' || c > 'z'
	}) {
		name += strings.ToUpper(part[:1]) + part[1:]
	}
	return name
}

func (d describer) schema(t reflect.Type) schema {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return schema{"type": "object"}
	case t == reflect.TypeFor[gdpr.Hundredths]():
		return schema{"type": "number", "multipleOf": 0.01}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return schema{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Struct:
		return d.named(t)
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return schema{"type": "string", "contentEncoding": "base64"}
		}
		return schema{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Float64:
		return schema{"type": "number"}
	default:
		return schema{"type": "string"}
	}
}

// named puts a struct among the schemas, once, and refers to it.
func (d describer) named(t reflect.Type) schema {
	name := t.Name()
	ref := schema{"$ref": "#/components/schemas/" + name}
	if d.schemas[name] != nil {
		return ref
	}
	object := schema{"type": "object"}
	d.schemas[name] = object // before its fields: a type may name itself
	properties, required := schema{}, []string{}
	for _, f := range intake.FieldsOf(t) {
		s := d.schema(f.Type)
		if f.Doc != "" && s["$ref"] == nil {
			s["description"] = f.Doc
		}
		if f.Type == reflect.TypeFor[incident.Kind]() {
			s["enum"] = []incident.Kind{incident.Invalid, incident.NotFound, incident.Conflict, incident.Unauthenticated,
				incident.Forbidden, incident.TooLarge, incident.Unavailable, incident.Internal}
		}
		properties[f.Name] = s
		if f.Required {
			required = append(required, f.Name)
		}
	}
	object["properties"] = properties
	object["additionalProperties"] = false
	if len(required) > 0 {
		object["required"] = required
	}
	return ref
}
