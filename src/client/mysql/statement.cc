#include "client/mysql/statement.h"

#include <mysql.h>
#include <sys/socket.h>

#include <utility>

namespace rivet::client::mysql {
namespace {

// The library's mark of a failure has 32 bits, and no packet is as large.
constexpr unsigned long kPacketError = 0xffff'ffff;
// Rows begin with zero; a packet that begins so ends them.
constexpr uint8_t kEndMark = 0xfe;

std::string AttributeOf(const MYSQL_FIELD& field, mariadb_field_attr_t attribute) {
  MARIADB_CONST_STRING text{nullptr, 0};
  if (mariadb_field_attr(&text, &field, attribute) != 0 || text.str == nullptr) return "";
  return {text.str, text.length};
}

enum_field_types TypeOf(Parameter::Kind kind) {
  switch (kind) {
    case Parameter::Kind::kSigned:
    case Parameter::Kind::kUnsigned:
      return MYSQL_TYPE_LONGLONG;
    case Parameter::Kind::kDecimal:
      return MYSQL_TYPE_NEWDECIMAL;
    case Parameter::Kind::kText:
      return MYSQL_TYPE_STRING;
    case Parameter::Kind::kBytes:
      return MYSQL_TYPE_BLOB;
    case Parameter::Kind::kDate:
      return MYSQL_TYPE_DATE;
    case Parameter::Kind::kDateTime:
      return MYSQL_TYPE_DATETIME;
  }
  return MYSQL_TYPE_NULL;
}

MYSQL_TIME TimeOf(const Parameter& parameter) {
  MYSQL_TIME time{};
  const Moment& moment = parameter.moment;
  time.year = moment.year;
  time.month = moment.month;
  time.day = moment.day;
  time.time_type = MYSQL_TIMESTAMP_DATE;
  if (parameter.kind == Parameter::Kind::kDate) return time;
  time.hour = moment.hour;
  time.minute = moment.minute;
  time.second = moment.second;
  time.second_part = moment.micros;
  time.time_type = MYSQL_TIMESTAMP_DATETIME;
  return time;
}

}  // namespace

// What the library reads a statement's parameters from, until it has sent them.
struct Statement::Bound {
  std::vector<MYSQL_BIND> binds;
  std::vector<MYSQL_TIME> times;
};

Parameter SignedParameter(int64_t number) {
  Parameter parameter;
  parameter.number = number;
  return parameter;
}

Result<std::unique_ptr<Statement>> Statement::Prepare(Connection& connection,
                                                      const std::string& sql,
                                                      const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(connection.Begin(stop));
  std::unique_ptr<Statement> statement(new Statement(connection));
  statement->raw_ = mysql_stmt_init(connection.raw());
  Status answer;
  if (statement->raw_ == nullptr) {
    answer = connection.Error();
  } else if (mysql_stmt_prepare(statement->raw_, sql.data(), sql.size()) != 0) {
    answer = statement->Error();
  }
  ARROW_RETURN_NOT_OK(connection.End(std::move(answer)));
  statement->TakeColumns();
  return statement;
}

Statement::~Statement() {
  if (running_) Leave();
  if (raw_ == nullptr) return;
  if (!connection_.broken()) Over();
  // Takes nothing in: whatever was to come has come, or the socket is shut.
  mysql_stmt_close(raw_);
}

Status Statement::Execute(const std::vector<Parameter>& parameters, const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(connection_.Begin(stop));
  Bound bound;
  Status answer = Bind(parameters, &bound);
  if (answer.ok() && mysql_stmt_execute(raw_) != 0) answer = Error();
  // Rows of other columns than were prepared are on their way all the same.
  constexpr unsigned kNewColumns = 2057;
  running_ =
      (answer.ok() && mysql_stmt_field_count(raw_) > 0) || mysql_stmt_errno(raw_) == kNewColumns;
  answer = connection_.End(std::move(answer));
  if (answer.ok()) TakeColumns();
  return answer;
}

Status Statement::Bind(const std::vector<Parameter>& parameters, Bound* bound) {
  Check(parameters.size() == mysql_stmt_param_count(raw_), "a statement gets its parameters");
  if (parameters.empty()) return Status::OK();
  bound->binds.resize(parameters.size());
  bound->times.resize(parameters.size());
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    MYSQL_BIND& bind = bound->binds[i];
    bind = {};
    bind.buffer_type = TypeOf(parameter.kind);
    switch (parameter.kind) {
      case Parameter::Kind::kSigned:
      case Parameter::Kind::kUnsigned:
        bind.buffer = const_cast<int64_t*>(&parameter.number);
        bind.is_unsigned = parameter.kind == Parameter::Kind::kUnsigned ? 1 : 0;
        break;
      case Parameter::Kind::kDate:
      case Parameter::Kind::kDateTime:
        bound->times[i] = TimeOf(parameter);
        bind.buffer = &bound->times[i];
        break;
      default:
        bind.buffer = const_cast<char*>(parameter.text.data());
        bind.buffer_length = parameter.text.size();
    }
  }
  if (mysql_stmt_bind_param(raw_, bound->binds.data()) != 0) return Error();
  return Status::OK();
}

// The library's own fetch would take a row apart without looking where its packet ends; read as
// packets, each row comes with its size.
Status Statement::Next(const uint8_t** row, int64_t* size) {
  *row = nullptr;
  *size = 0;
  if (!running_) return Status::OK();
  if (connection_.watch().stopped()) return Fail(kStopRequested, "stopped while rows were coming");
  MYSQL* handle = connection_.raw();
  const unsigned long bytes = mysql_net_read_packet(handle);
  if (bytes >= kPacketError) {
    Status failure = connection_.Error();
    Over();
    return failure;
  }
  connection_.watch().Heard();
  const uint8_t* packet = handle->net.read_pos;
  if (bytes > 0 && packet[0] == kEndMark) {
    Over();
    return Status::OK();
  }
  *row = packet;
  *size = static_cast<int64_t>(bytes);
  return Status::OK();
}

// As the library itself leaves things once it has fetched the last row.
void Statement::Over() {
  running_ = false;
  connection_.raw()->status = MYSQL_STATUS_READY;
  if (raw_->state > MYSQL_STMT_PREPARED) raw_->state = MYSQL_STMT_FETCH_DONE;
}

void Statement::Leave() {
  if (connection_.BeginLeaving().ok()) {
    Status answer;
    while (running_ && answer.ok()) {
      const uint8_t* row = nullptr;
      int64_t size = 0;
      answer = Next(&row, &size);
    }
    // The kill itself comes as an error: what counts is that the rows are over.
    static_cast<void>(connection_.End(std::move(answer)));
  }
  Over();
}

void Statement::TakeColumns() {
  columns_.clear();
  const unsigned count = mysql_stmt_field_count(raw_);
  const MYSQL_FIELD* fields = count == 0 ? nullptr : mariadb_stmt_fetch_fields(raw_);
  for (unsigned i = 0; fields != nullptr && i < count; ++i) {
    const MYSQL_FIELD& field = fields[i];
    ResultColumn column;
    column.name.assign(field.name, field.name_length);
    column.type = static_cast<int>(field.type);
    column.length = field.length;
    column.decimals = field.decimals;
    column.flags = field.flags;
    column.charset = field.charsetnr;
    column.type_name = AttributeOf(field, MARIADB_FIELD_ATTR_DATA_TYPE_NAME);
    column.format_name = AttributeOf(field, MARIADB_FIELD_ATTR_FORMAT_NAME);
    columns_.push_back(std::move(column));
  }
}

Status Statement::Error() {
  return connection_.Error(mysql_stmt_errno(raw_), mysql_stmt_error(raw_));
}

}  // namespace rivet::client::mysql
