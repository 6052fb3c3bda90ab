package web

// vendorRoutes are the vendors of the installation and the cases about them.
func (s *server) vendorRoutes() []route {
	return []route{
		get("/api/v1/vendors", "List the vendors, with their cases and how they kept the clocks of their contracts", caseReaders(), vendorList{}, s.listVendors),
		created(post("/api/v1/vendors", "Put a vendor on the list", leaders(), vendorFacts{}, vendorView{}, s.addVendor)),
		get("/api/v1/vendors/{vendor}", "Show a vendor with the history of its disclosures", caseReaders(), vendorView{}, s.showVendor),
		post("/api/v1/vendors/{vendor}", "Change what is known of a vendor; what is left out stays as it is", leaders(), vendorChange{}, vendorView{}, s.changeVendor),
		post("/api/v1/vendors/{vendor}/end", "Say that a vendor works for you no longer; its cases stay", leaders(), nothing{}, ended{}, s.endVendor),
		created(post("/api/v1/vendors/{vendor}/links", "Make a link through which a vendor tells of a breach; its address is shown this once", leaders(),
			discloseLinkRequest{}, discloseLinkMade{}, s.makeDiscloseLink)),
		get("/api/v1/vendors/{vendor}/links", "List the links of a vendor", caseReaders(), discloseLinkList{}, s.listDiscloseLinks),
		post("/api/v1/vendors/{vendor}/links/{link}/withdraw", "Withdraw a link of a vendor: it opens nothing any more", leaders(), nothing{}, ended{}, s.withdrawDiscloseLink),
		givesFile(get(oneCase+"/data-set", "The data set that a vendor sent through its link, as it came; it is recorded who took it", leaders(), nil, s.giveDataSet,
			parameter{name: "set", kind: "string", doc: "the id of one of several data sets, where cases about the same breach were joined; the first without it"}),
			"application/octet-stream"),
		post(oneCase+"/vendor", "Link a case to a vendor of the list, with the clock of its contract", leaders(), linkRequest{}, recorded{}, s.linkVendor),
	}
}

// vendorPages are the list of vendors and the page of one.
func (s *server) vendorPages() []pageRoute {
	return []pageRoute{
		{"GET", "/vendors", caseReaders(), false, s.vendorsPage},
		{"GET", "/vendors/new", leaders(), false, s.newVendorPage},
		{"POST", "/vendors/new", leaders(), false, s.addVendorPage},
		{"GET", "/vendors/{vendor}", caseReaders(), false, s.vendorPage},
		{"GET", "/vendors/{vendor}/change", leaders(), false, s.changeVendorForm},
		{"POST", "/vendors/{vendor}/change", leaders(), false, s.changeVendorPage},
		{"POST", "/vendors/{vendor}/end", leaders(), false, s.endVendorPage},
		{"POST", "/vendors/{vendor}/cases", leaders(), false, s.linkVendorPage},
		{"POST", "/vendors/{vendor}/links", leaders(), false, s.makeLinkPage},
		{"POST", "/vendors/{vendor}/links/{link}/withdraw", leaders(), false, s.withdrawLinkPage},
		{"GET", oneCasePage + "/data-set", leaders(), true, s.giveDataSet},
	}
}
