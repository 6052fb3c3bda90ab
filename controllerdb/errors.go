package controllerdb

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"tocsin/incident"
)

// readOnlyTransaction is the SQLSTATE by which PostgreSQL refuses a write in a
// transaction that only reads.
const readOnlyTransaction = "25006"

// unreachable says why there is no connection, without the address.
func unreachable(err error) error {
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused(fault)
	}
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, otherHost := errors.AsType[x509.HostnameError](err)
	if badCertificate || otherHost {
		return set(URLSetting, incident.Say("the server of accounts does not show a certificate that is valid for its name"))
	}
	return &incident.Error{Kind: incident.Unavailable,
		Message: "the database of accounts does not answer: nothing was loaded, and the accounts of before still count; try again, or load them from a file"}
}

// refused says why the server did not do what it was asked, by its SQLSTATE
// alone: its texts may repeat the query or a row.
func refused(err error) error {
	fault, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return &incident.Error{Kind: incident.Unavailable,
			Message: "the connection to the database of accounts ended, or took too long: nothing was loaded, and the accounts of before still count; try again"}
	}
	switch {
	case strings.HasPrefix(fault.Code, "28"):
		return set(URLSetting, incident.Say("the server of accounts refuses the role or its password"))
	case fault.Code == "3D000":
		return set(URLSetting, incident.Say("the server of accounts has no such database"))
	case fault.Code == "42P01":
		return set(QuerySetting, incident.Say("the query names a table or view that is not there; names are written with their schema, such as public.accounts_for_tocsin"))
	case fault.Code == "42501":
		return set(QuerySetting, incident.Say("the role may not read what the query names"))
	case fault.Code == readOnlyTransaction, fault.Code == "0A000":
		return set(QuerySetting, incident.Say("the query does more than read"))
	case strings.HasPrefix(fault.Code, "42"):
		return set(QuerySetting, incident.Say("the query is not one SELECT that the server understands"))
	case strings.HasPrefix(fault.Code, "22"):
		return set(QuerySetting, incident.Say("the query fails on a value of a row"))
	case fault.Code == "57014":
		return &incident.Error{Kind: incident.Unavailable,
			Message: "the query on the database of accounts took longer than 60 seconds for a step: nothing was loaded; a view that is made beforehand is faster"}
	case strings.HasPrefix(fault.Code, "08"), strings.HasPrefix(fault.Code, "53"), strings.HasPrefix(fault.Code, "57"),
		strings.HasPrefix(fault.Code, "40"), fault.Code == "55P03":
		return incident.Refused(incident.Unavailable,
			"the database of accounts is busy or going down (SQLSTATE %s): nothing was loaded; try again", fault.Code)
	}
	return set(QuerySetting, incident.Say("the server of accounts refused (SQLSTATE %s)", fault.Code))
}

// set says which setting whoever runs Tocsin has to look at.
func set(name string, why incident.Phrase) error {
	return incident.Refused(incident.Conflict,
		"%s: nothing was loaded, and the accounts of before still count; whoever runs Tocsin looks at %s", why, name)
}
