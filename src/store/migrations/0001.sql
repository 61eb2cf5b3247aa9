CREATE TABLE product (
  name TEXT PRIMARY KEY NOT NULL,
  next BIGINT NOT NULL
);

CREATE TABLE promotion (
  id TEXT PRIMARY KEY NOT NULL,
  product TEXT NOT NULL REFERENCES product (name),
  nr BIGINT NOT NULL,
  request TEXT UNIQUE,
  flow TEXT,
  application TEXT NOT NULL,
  version TEXT NOT NULL,
  commit_id TEXT,
  started_by TEXT NOT NULL,
  verified BIGINT NOT NULL,
  started BIGINT NOT NULL,
  ended BIGINT,
  status TEXT NOT NULL,
  reason TEXT,
  seq BIGINT NOT NULL,
  wake BIGINT,
  trouble TEXT,
  UNIQUE (product, nr)
);

CREATE INDEX promotion_by_wake ON promotion (wake) WHERE wake IS NOT NULL;
CREATE INDEX promotion_unfinished ON promotion (product, nr) WHERE ended IS NULL;
CREATE INDEX promotion_by_start ON promotion (started DESC, id DESC);
CREATE INDEX promotion_by_product ON promotion (product, started DESC, id DESC);
CREATE INDEX promotion_by_application ON promotion (product, flow, application, nr);
CREATE INDEX promotion_by_flow ON promotion (flow, started DESC, id DESC);
CREATE INDEX promotion_by_person ON promotion (started_by, started DESC, id DESC);
CREATE INDEX promotion_by_status ON promotion (status, started DESC, id DESC);

CREATE TABLE frozen (
  promotion TEXT PRIMARY KEY NOT NULL REFERENCES promotion (id),
  course TEXT NOT NULL,
  content TEXT NOT NULL
);

CREATE TABLE state (
  promotion TEXT PRIMARY KEY NOT NULL REFERENCES promotion (id),
  seq BIGINT NOT NULL,
  form BIGINT NOT NULL,
  text TEXT NOT NULL
);

CREATE TABLE journal (
  promotion TEXT NOT NULL REFERENCES promotion (id),
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  cause TEXT,
  event TEXT NOT NULL,
  mark BIGINT,
  PRIMARY KEY (promotion, seq)
);

CREATE TABLE effect (
  promotion TEXT NOT NULL REFERENCES promotion (id),
  node TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  action TEXT NOT NULL,
  wish TEXT NOT NULL,
  again BIGINT NOT NULL,
  connection TEXT NOT NULL,
  reference TEXT,
  holder TEXT,
  claimed BIGINT,
  sent BIGINT NOT NULL,
  record TEXT,
  PRIMARY KEY (promotion, node, attempt)
);

CREATE TABLE hold (
  resource TEXT PRIMARY KEY NOT NULL,
  spot TEXT NOT NULL,
  place TEXT NOT NULL,
  product TEXT NOT NULL,
  promotion TEXT NOT NULL REFERENCES promotion (id),
  node TEXT NOT NULL,
  title TEXT NOT NULL,
  since BIGINT NOT NULL,
  stuck TEXT
);

CREATE INDEX hold_by_spot ON hold (spot);
CREATE INDEX hold_by_promotion ON hold (promotion);

CREATE TABLE entry (
  promotion TEXT NOT NULL REFERENCES promotion (id),
  node TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  resource TEXT NOT NULL,
  spot TEXT NOT NULL,
  place TEXT NOT NULL,
  product TEXT NOT NULL,
  nr BIGINT NOT NULL,
  version TEXT NOT NULL,
  backwards BIGINT NOT NULL,
  PRIMARY KEY (promotion, node, resource)
);

CREATE INDEX entry_by_product ON entry (product, nr);
CREATE INDEX entry_by_spot ON entry (spot);

CREATE TABLE arrival (
  resource TEXT PRIMARY KEY NOT NULL,
  spot TEXT NOT NULL,
  place TEXT NOT NULL,
  version TEXT NOT NULL,
  promotion TEXT NOT NULL REFERENCES promotion (id),
  at BIGINT NOT NULL
);

CREATE INDEX arrival_by_spot ON arrival (spot);

CREATE TABLE cell (
  promotion TEXT NOT NULL REFERENCES promotion (id),
  environment TEXT NOT NULL,
  position BIGINT NOT NULL,
  status TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (promotion, environment)
);
