package mailcatcher

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	pagePath  = "/dev/mail"
	jsonPath  = "/dev/mail.json"
	perPage   = 100
	everyMail = maxMessages
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// page renders the list and a single message.
type page struct {
	template *template.Template
	policy   string
}

func newPage() *page {
	// The style's hash lets exactly this style through, and nothing else.
	sum := sha256.Sum256([]byte(pageStyle))
	return &page{
		template: template.Must(template.New("page").Funcs(template.FuncMap{
			"style": func() template.CSS { return template.CSS(pageStyle) }, //nolint:gosec // our own file
			"when":  func(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") },
			"join":  func(list []string) string { return strings.Join(list, ", ") },
		}).Parse(pageSource)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox allow-same-origin",
	}
}

// view is what the template shows: a list or one message.
type view struct {
	Messages []Message
	Message  *Message
	Total    int
	// Newer and Older are links to the neighbouring pages of the list.
	Newer, Older string
}

// Register adds the page /dev/mail, its messages /dev/mail/{number}, and
// /dev/mail.json. They answer callers on this machine only.
func (c *Catcher) Register(mux *http.ServeMux) {
	mux.Handle("GET "+pagePath, c.Page())
	mux.Handle("GET "+pagePath+"/{number}", c.Page())
	mux.Handle("GET "+jsonPath, c.JSON())
}

// Page shows the list of messages, or one of them if the path ends in its
// number.
func (c *Catcher) Page() http.Handler {
	return onlyHere(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, single := strings.CutPrefix(r.URL.Path, pagePath+"/")
		if !single || number == "" {
			c.showList(w, r)
			return
		}
		wanted, err := strconv.Atoi(number)
		if err != nil {
			http.Error(w, "no such message", http.StatusNotFound)
			return
		}
		where, found := c.store.find(wanted)
		if !found {
			http.Error(w, "no such message", http.StatusNotFound)
			return
		}
		message, err := c.store.read(where)
		if err != nil {
			c.unavailable(w, err)
			return
		}
		c.render(w, view{Message: &message, Total: c.store.count()})
	}))
}

func (c *Catcher) showList(w http.ResponseWriter, r *http.Request) {
	skip, err := strconv.Atoi(r.URL.Query().Get("skip"))
	if err != nil || skip < 0 {
		skip = 0
	}
	total := c.store.count()
	shown := view{Total: total}
	for _, where := range c.store.newest(skip, perPage) {
		message, err := c.store.read(where)
		if err != nil {
			c.unavailable(w, err)
			return
		}
		shown.Messages = append(shown.Messages, message)
	}
	if skip > 0 {
		shown.Newer = link(max(0, skip-perPage))
	}
	if skip+perPage < total {
		shown.Older = link(skip + perPage)
	}
	c.render(w, shown)
}

func link(skip int) string {
	if skip == 0 {
		return pagePath
	}
	return pagePath + "?" + url.Values{"skip": {strconv.Itoa(skip)}}.Encode()
}

func (c *Catcher) render(w http.ResponseWriter, shown view) {
	var page strings.Builder
	if err := c.page.template.Execute(&page, shown); err != nil {
		c.unavailable(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", c.page.policy)
	if _, err := w.Write([]byte(page.String())); err != nil {
		c.logger.Debug("mail page not delivered", "error", err)
	}
}

// JSON lists the messages, newest first, as an array. The query limit=N keeps
// the N newest; to=ADDRESS keeps those with that envelope recipient.
func (c *Catcher) JSON() http.Handler {
	return onlyHere(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		limit := everyMail
		if query.Has("limit") {
			wanted, err := strconv.Atoi(query.Get("limit"))
			if err != nil || wanted < 0 {
				http.Error(w, fmt.Sprintf("limit is %q, expected a number from 0", query.Get("limit")), http.StatusBadRequest)
				return
			}
			limit = wanted
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if err := c.writeJSON(w, limit, query.Get("to")); err != nil {
			// The answer has begun. Broken off, it is no JSON, and the reader
			// notices.
			c.logger.Warn("mail list broken off", "error", err)
			panic(http.ErrAbortHandler)
		}
	}))
}

// writeJSON goes through the file message by message: a hundred thousand of
// them do not fit into a small machine's memory.
func (c *Catcher) writeJSON(w http.ResponseWriter, limit int, recipient string) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	encoder := json.NewEncoder(buffered)
	separator := "["
	for _, where := range c.store.newest(0, everyMail) {
		if limit == 0 {
			break
		}
		message, err := c.store.read(where)
		if err != nil {
			return err
		}
		if recipient != "" && !message.isTo(recipient) {
			continue
		}
		if _, err := buffered.WriteString(separator); err != nil {
			return err
		}
		if err := encoder.Encode(message); err != nil {
			return err
		}
		separator = ","
		limit--
	}
	if separator == "[" {
		if _, err := buffered.WriteString(separator); err != nil {
			return err
		}
	}
	if _, err := buffered.WriteString("]\n"); err != nil {
		return err
	}
	return buffered.Flush()
}

func (m Message) isTo(recipient string) bool {
	return slices.ContainsFunc(m.To, func(each string) bool { return strings.EqualFold(each, recipient) })
}

func (c *Catcher) unavailable(w http.ResponseWriter, err error) {
	c.logger.Error("mail cannot be shown", "error", err)
	http.Error(w, "the caught mail cannot be read; see the log", http.StatusInternalServerError)
}

// onlyHere refuses callers from elsewhere, and pages of other sites whose name
// was pointed at this machine.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
			http.Error(w, "caught mail is shown on the machine itself only; open http://127.0.0.1 there", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
