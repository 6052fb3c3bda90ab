package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin/incident"
)

// vendorLine is a vendor as the server shows it.
type vendorLine struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	ContactName   string    `json:"contact_name"`
	ContactEmail  string    `json:"contact_email"`
	ContactPhone  string    `json:"contact_phone"`
	ContractHours int       `json:"contract_hours"`
	Contract      string    `json:"contract"`
	Processes     string    `json:"processes"`
	EndedAt       time.Time `json:"ended_at"`
	OpenCases     int       `json:"open_cases"`
	ClosedCases   int       `json:"closed_cases"`
	LastAt        time.Time `json:"last_disclosure_at"`
	LastContract  string    `json:"last_contract_clock"`
	Disclosures   []struct {
		Number     string    `json:"number"`
		Title      string    `json:"title"`
		State      string    `json:"state"`
		Exercise   bool      `json:"exercise"`
		ReceivedAt time.Time `json:"received_at"`
		Clock      string    `json:"contract_clock"`
		Took       *int      `json:"took_hours"`
	} `json:"disclosures"`
	Suggestions []struct {
		Number string `json:"number"`
		Title  string `json:"title"`
	} `json:"suggestions"`
}

func (s *session) vendorCommands() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List the vendors, with their cases and how they kept their contracts", Args: arguments(),
		RunE: does(func(ctx context.Context, _ []string) error {
			raw, err := s.get(ctx, path("vendors"), nil)
			if err != nil {
				return err
			}
			return answer(s, raw, func(p page, v struct {
				Vendors []vendorLine `json:"vendors"`
			}) {
				p.row("ID", "VENDOR", "CONTRACT", "OPEN", "CLOSED", "LAST DISCLOSURE", "CLOCK")
				for _, one := range v.Vendors {
					name := one.Name
					if !one.EndedAt.IsZero() {
						name += " (ended)"
					}
					p.row(one.ID, name, contractHours(one.ContractHours), number(one.OpenCases), number(one.ClosedCases), when(one.LastAt, nil), clockInWords(one.LastContract))
				}
			})
		}),
	}
	show := &cobra.Command{
		Use: "show VENDOR", Short: "Show a vendor with the history of its disclosures", Args: arguments("VENDOR"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := vendorPath(args[0])
			if err != nil {
				return err
			}
			raw, err := s.get(ctx, p, nil)
			if err != nil {
				return err
			}
			return answer(s, raw, showVendor)
		}),
	}
	end := &cobra.Command{
		Use: "end VENDOR", Short: "Say that a vendor works for you no longer; its cases stay", Args: arguments("VENDOR"),
		RunE: does(func(ctx context.Context, args []string) error {
			p, err := vendorPath(args[0], "end")
			if err != nil {
				return err
			}
			return s.end(ctx, p, "The vendor has ended. Its cases and what is known of it stay.")
		}),
	}
	return group("vendor", "The vendors that process data for you", s.vendorAdd(), list, show, s.vendorChange(), end, s.vendorLink(),
		s.vendorInvite(), s.vendorInvitations(), s.vendorWithdraw())
}

// vendorFlags are what is known of a vendor, as flags.
type vendorFlags struct {
	texts map[string]*string
	hours int
}

func (v *vendorFlags) on(c *cobra.Command) {
	v.texts = map[string]*string{}
	for _, one := range [][3]string{
		{"name", "name", "the vendor's name (`TEXT`)"},
		{"contact-name", "contact_name", "whom to ask there about a breach: a person or an office (`TEXT`)"},
		{"contact-email", "contact_email", "an `address` there that can be mailed"},
		{"contact-phone", "contact_phone", "a telephone `number`"},
		{"contract", "contract", "where the contract gives the hours, such as \"DPA 2024, clause 9.2\" (`TEXT`)"},
		{"processes", "processes", "which data the vendor has, of whom and what for (`TEXT`)"},
	} {
		v.texts[one[1]] = c.Flags().String(one[0], "", one[2])
	}
	c.Flags().IntVar(&v.hours, "contract-hours", 0, "the `hours` within which the contract obliges the vendor to tell you; 0 for none agreed")
}

// body holds the fields whose flags were given.
func (v *vendorFlags) body(c *cobra.Command) map[string]any {
	body := map[string]any{}
	for field, text := range v.texts {
		if c.Flags().Changed(strings.ReplaceAll(field, "_", "-")) {
			body[field] = *text
		}
	}
	if c.Flags().Changed("contract-hours") {
		body["contract_hours"] = v.hours
	}
	return body
}

func (s *session) vendorAdd() *cobra.Command {
	var flags vendorFlags
	c := &cobra.Command{Use: "add --name TEXT", Short: "Put a vendor on the list", Args: arguments()}
	c.RunE = does(func(ctx context.Context, _ []string) error {
		raw, err := s.post(ctx, path("vendors"), flags.body(c))
		if err != nil {
			return err
		}
		return answer(s, raw, showVendor)
	})
	flags.on(c)
	return required(c, "name")
}

func (s *session) vendorChange() *cobra.Command {
	var flags vendorFlags
	c := &cobra.Command{
		Use: "change VENDOR", Short: "Change what is known of a vendor; what is not named stays as it is", Args: arguments("VENDOR"),
	}
	c.RunE = does(func(ctx context.Context, args []string) error {
		p, err := vendorPath(args[0])
		if err != nil {
			return err
		}
		body := flags.body(c)
		if len(body) == 0 {
			return &misuse{"nothing is named that changes"}
		}
		raw, err := s.post(ctx, p, body)
		if err != nil {
			return err
		}
		return answer(s, raw, showVendor)
	})
	flags.on(c)
	return c
}

func (s *session) vendorLink() *cobra.Command {
	var body struct {
		Vendor string `json:"vendor"`
		Reason string `json:"reason,omitempty"`
	}
	c := &cobra.Command{
		Use: "link VENDOR ID", Short: "Link a case to a vendor of the list, with the clock of its contract", Args: arguments("VENDOR", "ID"),
		RunE: does(func(ctx context.Context, args []string) error {
			body.Vendor = args[0]
			raw, err := s.postFor(ctx, body, args[1], "vendor")
			if err != nil {
				return err
			}
			return answer(s, raw, showRecorded)
		}),
	}
	c.Flags().StringVar(&body.Reason, "reason", "", "why, where the case was linked to another vendor before (`TEXT`)")
	return c
}

// vendorPath builds a path below a vendor.
func vendorPath(id string, further ...string) (string, error) {
	if strings.Trim(id, ". ") == "" {
		return "", incident.InvalidField("VENDOR", id, "is not a vendor's id", "an id of \"tocsin vendor list\"")
	}
	return path(append([]string{"vendors", id}, further...)...), nil
}

func contractHours(hours int) string {
	if hours == 0 {
		return "no hours agreed"
	}
	return fmt.Sprintf("%d h", hours)
}

// clockInWords says how a contract's clock was kept.
func clockInWords(clock string) string {
	switch clock {
	case incident.ContractMissed:
		return "not kept"
	case incident.ContractUnknown:
		return "not told when it found out"
	case incident.ContractKept:
		return clock
	}
	return "-"
}

func showVendor(p page, v vendorLine) {
	p.row("Id", v.ID)
	p.row("Vendor", v.Name)
	if !v.EndedAt.IsZero() {
		p.row("Ended", when(v.EndedAt, nil))
	}
	p.row("Contact", strings.Join(strings.Fields(v.ContactName+" "+v.ContactEmail+" "+v.ContactPhone), " "))
	p.row("Contract", strings.TrimSuffix(contractHours(v.ContractHours)+", "+v.Contract, ", "))
	p.row("Data", v.Processes)
	p.row("Cases", fmt.Sprintf("%d open, %d closed", v.OpenCases, v.ClosedCases))
	if len(v.Disclosures) > 0 {
		p.heading("Disclosures")
		p.row("  CASE", "RECEIVED", "TOOK", "CLOCK", "TITLE")
		for _, d := range v.Disclosures {
			took := "-"
			if d.Took != nil {
				took = fmt.Sprintf("%d h", *d.Took)
			}
			title := d.Title
			if d.Exercise {
				title += " (drill)"
			}
			p.row("  "+d.Number+" "+d.State, when(d.ReceivedAt, nil), took, clockInWords(d.Clock), title)
		}
	}
	if len(v.Suggestions) > 0 {
		p.heading("Cases that name it and are linked to no vendor (tocsin vendor link)")
		for _, d := range v.Suggestions {
			p.row("  "+d.Number, d.Title)
		}
	}
}
