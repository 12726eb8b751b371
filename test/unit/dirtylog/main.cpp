#define BOOST_TEST_MODULE unit_dirtylog
#include <boost/test/unit_test.hpp>
