#define BOOST_TEST_MODULE unit_filemap
#include <boost/test/unit_test.hpp>
